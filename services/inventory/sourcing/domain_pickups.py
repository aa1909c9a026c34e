"""Where else collected goods could be had: stores with all of them first, then those with most, the nearest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.inventory.sourcing import domain_filters
from services.inventory.sourcing.domain import Assignment, Method, Order, Place, StockView

_MOST = 20
_METRES = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A store, the lines that it has whole, and how far it is in metres; 0 where nobody knows."""

    location_id: str
    line_nos: tuple[int, ...]
    distance: int = 0


def ranked(
    order: Order, place_id: str, lacking: Sequence[Assignment], view: StockView, places: Iterable[Place]
) -> list[Choice]:
    """The stores that could hand over at least one line, in the order in which a shopper would ask for them."""
    known = {place.location_id: place for place in places}
    here = known.get(place_id)
    order = replace(order, latitude=here.latitude, longitude=here.longitude) if here else order
    found = []
    for place in known.values():
        if place.location_id != place_id and _hands_out(place):
            lines = _whole(lacking, {sku: units.get(place.location_id, 0) for sku, units in view.items()})
            apart = domain_filters.distance(order, place)
            if lines:
                found.append((apart is None, apart or 0.0, Choice(place.location_id, lines, _metres(apart))))
    found.sort(key=lambda one: (-len(one[2].line_nos), one[0], one[1], one[2].location_id))
    return [one for _, _, one in found[:_MOST]]


def can_ship(lacking: Sequence[Assignment], view: StockView, places: Iterable[Place], place_id: str) -> bool:
    """Whether the places that ship have all of it together."""
    ships = [one.location_id for one in places if _sends(one) and one.location_id != place_id]
    left = {sku: sum(max(units.get(one, 0), 0) for one in ships) for sku, units in view.items()}
    return len(_whole(lacking, left)) == len({one.line_no for one in lacking})


def shipped(document: dict[str, Any], line_nos: Iterable[int], place: str) -> dict[str, Any]:
    """What is wanted, once these lines are collected at another place, or shipped from wherever where none is named."""
    moved = set(line_nos)
    way = Method.COLLECT if place else Method.SHIP
    rows = [[*row[:4], way.value, place, *row[6:]] if row[0] in moved else row for row in document.get("lines", ())]
    return document | {"lines": rows}


def sent(document: dict[str, Any], line_nos: Iterable[int], place: str) -> dict[str, Any]:
    """What is wanted, once these lines are sent to the store that lacks them: from near it, where nothing else goes."""
    asked = set(line_nos)
    others = any(row[0] not in asked and row[4] == Method.SHIP for row in document.get("lines", ()))
    return shipped(document, asked, "") | ({} if others else {"collect": place})


def _whole(lacking: Sequence[Assignment], free: Mapping[str, int]) -> tuple[int, ...]:
    """The lines of which everything is there, one line after the other: two of one good share what there is."""
    left, found = dict(free), []
    for number in sorted({one.line_no for one in lacking}):
        goods = [one for one in lacking if one.line_no == number]
        if all(left.get(one.sku, 0) >= one.quantity for one in goods):
            found.append(number)
            for one in goods:
                left[one.sku] -= one.quantity
    return tuple(found)


def _hands_out(place: Place) -> bool:
    return place.pickup and place.active and not place.paused and place.kind != "VIRTUAL"


def _sends(place: Place) -> bool:
    willing = place.franchise_opt_in or not place.franchise
    return place.ships and place.active and not place.paused and place.kind != "VIRTUAL" and willing


def _metres(apart: float | None) -> int:
    return 0 if apart is None else round(apart * _METRES)
