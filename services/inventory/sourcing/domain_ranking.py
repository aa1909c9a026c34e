"""Rules rank: one rank per place and sort, the lower wins, None abstains, ties go on to the next sort.

A place that a sort says nothing of stands behind all that it ranks. What every
sort leaves tied is settled by the default location, then by the place's code.
"""

from collections.abc import Callable, Sequence
from itertools import repeat

from services.inventory.sourcing.domain import SURE, Place
from services.inventory.sourcing.domain_filters import Scene
from services.inventory.sourcing.domain_rules import Rule, Sort

Ranks = list[float | None]
# what a new sort must be: the ranks of the places, in their order
Ranker = Callable[[Scene, Rule, Sequence[Place], Sequence[str]], Ranks]

_LAST = float("inf")


def ranked(around: Scene, rule: Rule, places: Sequence[Place], skus: Sequence[str]) -> list[tuple[Place, list[float]]]:
    """The places, best first, each with its scores in the order of the rule's sorts."""
    columns = [_column(RANKERS[sort](around, rule, places, skus)) for sort in rule.sorts]
    default = around.limits.default_location_id
    scores = list(zip(*columns, strict=True)) if columns else [()] * len(places)
    keys = [
        (*score, place.location_id != default, place.location_id, number)
        for number, (place, score) in enumerate(zip(places, scores, strict=True))
    ]
    keys.sort()
    return [(places[int(key[-1])], list(scores[int(key[-1])])) for key in keys]


def _column(ranks: Ranks) -> list[float]:
    return [_LAST if rank is None else rank for rank in ranks]


def _proximity(around: Scene, _rule: Rule, places: Sequence[Place], _skus: Sequence[str]) -> Ranks:
    return [around.km(place) for place in places]


def _balance(around: Scene, _rule: Rule, places: Sequence[Place], skus: Sequence[str]) -> Ranks:
    codes = [place.location_id for place in places]
    columns = [map(around.view.get(sku, {}).get, codes, repeat(0)) for sku in skus]
    return [-sum(row) for row in zip(*columns, strict=True)]


def _sequence(_around: Scene, rule: Rule, places: Sequence[Place], _skus: Sequence[str]) -> Ranks:
    wanted = {code: number for number, code in reversed(list(enumerate(rule.sequence)))}
    return [
        min((wanted[code] for code in (place.location_id, *place.groups) if code in wanted), default=None)
        for place in places
    ]


def _capacity(_around: Scene, _rule: Rule, places: Sequence[Place], _skus: Sequence[str]) -> Ranks:
    return [-_LAST if place.room is None else -place.room for place in places]


def _earliest(around: Scene, _rule: Rule, places: Sequence[Place], _skus: Sequence[str]) -> Ranks:
    times = (around.leaving(place) for place in places)
    return [time.timestamp() if time else None for time in times]


def _confidence(around: Scene, _rule: Rule, places: Sequence[Place], skus: Sequence[str]) -> Ranks:
    """The surest first: an order is as sure as the good that is least sure."""
    known = around.limits.confidence
    return [-min((known.get((sku, place.location_id), SURE) for sku in skus), default=SURE) for place in places]


RANKERS: dict[Sort, Ranker] = {
    Sort.PROXIMITY: _proximity,
    Sort.BALANCE: _balance,
    Sort.SEQUENCE: _sequence,
    Sort.CAPACITY: _capacity,
    Sort.EARLIEST: _earliest,
    Sort.CONFIDENCE: _confidence,
}
