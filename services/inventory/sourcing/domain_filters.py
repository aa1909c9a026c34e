"""Filters exclude: the facts that forbid a place, and what a rule's author chose."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from services.inventory.sourcing.domain import Limits, Method, Order, Out, Place, StockView
from services.inventory.sourcing.domain_hours import leaves, leaves_today
from services.inventory.sourcing.domain_rules import Rule

_EARTH_KM = 6371.0088

Gone = dict[str, list[str]]
# from the middle of the earth, of length one
Direction = tuple[float, float, float]


@dataclass(slots=True)
class Scene:
    """One decision's surroundings; distances and hours are worked out once, and only where somebody asks."""

    order: Order
    view: StockView
    places: Sequence[Place]
    now: datetime
    limits: Limits
    _leaving: dict[tuple[int, str], datetime | None] = field(default_factory=dict)
    _timing: dict[tuple[int, str], Out | None] = field(default_factory=dict)
    _km: dict[str, float | None] = field(default_factory=dict)
    _goal: Direction | None = field(init=False)

    def __post_init__(self) -> None:
        self._goal = _direction(self.order)

    def leaving(self, place: Place) -> datetime | None:
        """By when goods asked for now have left the place."""
        key = (id(place.hours), place.time_zone)
        if key not in self._leaving:
            self._leaving[key] = leaves(place.hours, place.time_zone, self.now)
        return self._leaving[key]

    def timing(self, place: Place) -> Out | None:
        """Why the place is too late for the order; places with the same hours have the same answer."""
        if place.hours is None:
            return None
        key = (id(place.hours), place.time_zone)
        if key not in self._timing:
            self._timing[key] = self._judge(place)
        return self._timing[key]

    def _judge(self, place: Place) -> Out | None:
        leaving = self.leaving(place)
        if leaving is None:
            return Out.CLOSED
        if self.order.expedited and not leaves_today(leaving, place.time_zone, self.now):
            return Out.CUT_OFF
        due = self.order.ship_by or self.order.promise_time
        return Out.TOO_LATE if due is not None and leaving.date() > due.astimezone(leaving.tzinfo).date() else None

    def km(self, place: Place) -> float | None:
        """How far the place is from where the goods go; None where either is unknown."""
        code = place.location_id
        if code not in self._km:
            self._km[code] = _apart(self._goal, place)
        return self._km[code]


def scene(order: Order, view: StockView, places: Iterable[Place], now: datetime, limits: Limits) -> Scene:
    """The surroundings with the places in code order, so that the order in which they were read decides nothing."""
    return Scene(order, view, sorted(places, key=attrgetter("location_id")), now, limits)


def distance(order: Order, place: Place) -> float | None:
    """Kilometres on the great circle from where the goods go."""
    return _apart(_direction(order), place)


def _apart(goal: Direction | None, place: Place) -> float | None:
    at = _direction(place)
    if goal is None or at is None:
        return None
    return _EARTH_KM * math.acos(max(-1.0, min(1.0, goal[0] * at[0] + goal[1] * at[1] + goal[2] * at[2])))


def _direction(one: Order | Place) -> Direction | None:
    if one.latitude is None or one.longitude is None:
        return None
    return _upright(one.latitude, one.longitude)


@lru_cache(maxsize=65_536)
def _upright(latitude: float, longitude: float) -> Direction:
    """The direction from the middle of the earth; places are asked for theirs with every order."""
    up, round_ = math.radians(latitude), math.radians(longitude)
    return (math.cos(up) * math.cos(round_), math.cos(up) * math.sin(round_), math.sin(up))


def by_facts(around: Scene) -> tuple[list[Place], Gone]:
    """The places that may deliver this order at all, and why the others may not."""
    sieve = _Sieve(around.places)
    ship = around.order.method is Method.SHIP
    sieve.keep(Out.INACTIVE, [place.active for place in sieve.places])
    sieve.keep(Out.VIRTUAL, [place.kind != "VIRTUAL" for place in sieve.places])
    sieve.keep(Out.METHOD, [place.ships if ship else place.pickup for place in sieve.places])
    sieve.keep(Out.FRANCHISE, [place.franchise_opt_in or not place.franchise for place in sieve.places])
    sieve.keep(Out.PAUSED, [not place.paused for place in sieve.places])
    late = set(map(around.timing, sieve.places))
    for why in (Out.CLOSED, Out.CUT_OFF, Out.TOO_LATE):
        if why in late:
            sieve.keep(why, [around.timing(place) is not why for place in sieve.places])
    return sieve.places, sieve.gone


def by_rule(around: Scene, rule: Rule, places: Sequence[Place]) -> tuple[list[Place], Gone]:
    """The places that the rule takes."""
    sieve = _Sieve(places)
    if rule.groups:
        sieve.keep(Out.GROUP, [not rule.groups.isdisjoint(place.groups) for place in sieve.places])
    if rule.groups_excluded:
        sieve.keep(Out.GROUP_EXCLUDED, [rule.groups_excluded.isdisjoint(place.groups) for place in sieve.places])
    # where nobody knows where the goods go, no place is too far
    if rule.max_km is not None and around.order.latitude is not None and around.order.longitude is not None:
        far = [around.km(place) for place in sieve.places]
        sieve.keep(Out.DISTANCE_UNKNOWN, [km is not None for km in far])
        sieve.keep(Out.DISTANCE, [km <= rule.max_km for km in far if km is not None])
    if rule.order_limit:
        sieve.keep(Out.CAPACITY, [p.daily_limit is None or p.taken < p.daily_limit for p in sieve.places])
    return sieve.places, sieve.gone


class _Sieve:
    """Places, and those that fell through by the reason why."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = list(places)
        self.gone: Gone = {}

    def keep(self, why: Out, flags: Sequence[bool]) -> None:
        """Lets go of the places without a flag."""
        if not all(flags):
            lost = zip(self.places, flags, strict=True)
            self.gone[why.value] = [place.location_id for place, kept in lost if not kept]
            self.places = [place for place, kept in zip(self.places, flags, strict=True) if kept]
