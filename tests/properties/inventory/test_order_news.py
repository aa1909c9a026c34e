"""What an order's news add up to, in every order and every cut of hearing."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.stock.domain import Hold, Line, State
from services.inventory.stock.domain_allocations import Allocation, Ends
from services.inventory.stock.domain_orders import Handed, News, Promise, hear, tombstone

AT = datetime(2026, 11, 22, tzinfo=UTC)

_lines = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 5)), min_size=1, max_size=3)


@given(lines=_lines, data=st.data(), held=st.booleans(), cancels=st.booleans())
def test_the_order_of_hearing_is_lost(
    lines: list[tuple[str, int]], data: st.DataObject, held: bool, cancels: bool
) -> None:
    told: list[Any] = ["confirmed", *(["cancelled"] if cancels else [])]
    told += [
        (number, part, data.draw(st.sampled_from(("handed over", "ended"))))
        for number, (_, quantity) in enumerate(lines, 1)
        for part in range(quantity)
    ]
    ends = []
    for _ in range(2):
        batches = _cut(data.draw(st.permutations(told)), data)
        ends.append(_play(lines, batches, held))
    assert ends[0] == ends[1]


def _cut(told: list[Any], data: st.DataObject) -> list[list[Any]]:
    place = data.draw(st.integers(0, len(told)))
    return [told[:place], told[place:]]


def _play(lines: list[tuple[str, int]], batches: list[list[Any]], held: bool) -> Any:
    wanted = tuple(Line(number, sku, "TPE01", quantity) for number, (sku, quantity) in enumerate(lines, 1))
    hold: Hold | None = Hold("o1", State.ACTIVE, wanted, AT, order_id="o1") if held else None
    known: list[Allocation] = []
    ends: Ends = {}
    committed: Counter[Any] = Counter()
    returned: Counter[Any] = Counter()
    for batch in filter(None, batches):
        news = News("o1", AT)
        for one in batch:
            _tell(news, one, lines, ends)
        outcome = hear(news, hold or tombstone(news), known, ends)
        hold = outcome.hold
        merged = {one.key: one for one in (*known, *outcome.allocations)}
        known = [merged[number] for number in sorted(merged)]
        committed.update(outcome.committed)
        returned.update(outcome.held)
    assert hold is not None
    assert sum(committed.values()) == sum(one.open for one in known)
    assert sum(returned.values()) == (-sum(quantity for _, quantity in lines) if held else 0)
    return hold.state, hold.cancelled, known, {place: q for place, q in committed.items() if q}


def _tell(news: News, one: Any, lines: list[tuple[str, int]], ends: Ends) -> None:
    if one == "confirmed":
        news.confirmed = True
        news.promises = [Promise(number, sku, "TPE01", quantity) for number, (sku, quantity) in enumerate(lines, 1)]
    elif one == "cancelled":
        news.cancelled, news.reason = True, "CHANGED"
    else:
        number, _, how = one
        sku = lines[number - 1][0]
        if how == "ended":
            units = ends.get((number, sku), (0, 0))[0] + 1
            ends[number, sku] = (units, units)
        else:
            news.handed.append(Handed(number, sku, "TPE01", 1))


@given(
    stood=st.dictionaries(st.sampled_from("ABC"), st.integers(1, 3), min_size=1),
    handed=st.lists(st.sampled_from("ABCX"), max_size=6),
    ended=st.integers(0, 3),
    data=st.data(),
)
def test_whoever_hands_over_takes_what_stands_with_him_first(
    stood: dict[str, int], handed: list[str], ended: int, data: st.DataObject
) -> None:
    """A line in parts, handed over where it stands and elsewhere: what stays open is the same in any order."""
    total = sum(stood.values())
    handed = handed[:total]
    over = min(ended, total - len(handed))
    told = ["confirmed", *handed, *["ended"] * over]
    ends = [_parts(stood, _cut(data.draw(st.permutations(told)), data)) for _ in range(2)]
    assert over or ends[0] == ends[1]
    assert sum(ends[0].values()) == sum(ends[1].values()) == total - len(handed) - over


def _parts(stood: dict[str, int], batches: list[list[str]]) -> dict[str, int]:
    wanted = tuple(Line(1, "S", place, units, pool_id="web") for place, units in sorted(stood.items()))
    hold = Hold("o1", State.ACTIVE, wanted, AT, order_id="o1")
    known: dict[Any, Allocation] = {}
    over = 0
    for batch in filter(None, batches):
        news = News("o1", AT)
        for one in batch:
            if one == "confirmed":
                news.confirmed, news.promises = True, [Promise(1, "S", "", sum(stood.values()))]
            elif one == "ended":
                over += 1
            else:
                news.handed.append(Handed(1, "S", one, 1))
        outcome = hear(news, hold, list(known.values()), {(1, "S"): (over, over)})
        hold = outcome.hold
        known |= {one.key: one for one in outcome.allocations}
    return {one.location_id: one.open for one in known.values() if one.open}
