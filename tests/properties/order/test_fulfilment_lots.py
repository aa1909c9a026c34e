"""However a task's line is cut into runs, what is named of it is dealt whole, and none gets more than it has."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import Method
from services.order.fulfilment import domain_lots
from services.order.fulfilment.domain import Fulfilment, FulfilmentLine
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_states import State

_AT = datetime(2026, 11, 1, tzinfo=UTC)
_TASK = Fulfilment("f", "o", "no", None, Method.SHIP, "WH1", State.READY, 1, (), 0, _AT, _AT)
_RUNS = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(_RUNS, st.lists(st.integers(1, 4), max_size=6), st.sampled_from(["", "BELT"]))
def test_what_is_named_is_dealt_whole(runs: list[int], lots: list[int], sku: str) -> None:
    lines, begin = [], 0
    for quantity in runs:
        lines.append(FulfilmentLine(1, "COAT", "", quantity, False, begin))
        begin += quantity + 1
    left, named = sum(runs), list[Named]()
    for number, wanted in enumerate(lots):
        units = wanted if sku else min(wanted, left)
        left -= units
        named += [Named(1, f"L{number}", "", "", units, sku)] if units > 0 else []
    dealt = domain_lots.deal(replace(_TASK, lines=tuple(lines)), named)
    found: Counter[str] = Counter()
    for (_, first), units_ in dealt.items():
        found.update({one.lot: one.quantity for one in units_})
        most = next(line.quantity for line in lines if line.first_unit == first)
        assert sku or sum(one.quantity for one in units_) <= most
    assert found == Counter({one.lot: one.quantity for one in named})
