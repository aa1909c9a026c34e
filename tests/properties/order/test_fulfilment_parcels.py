"""Parcels and parts, whatever is split how and whatever carriers say in what order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from services.order.checkout.domain import ChannelKind, Line, Method, Order, UnitRun, totals
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain, domain_packing, domain_parcels
from services.order.fulfilment.domain_parcels import Kind, Parcel, ParcelState, Units, Word
from services.order.fulfilment.domain_states import State

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
WORDS = st.lists(st.builds(Word, st.uuids().map(str), st.just("p"), st.sampled_from(Kind),
                           st.integers(0, 5).map(lambda hours: AT + timedelta(hours=hours))), max_size=6)  # fmt: skip


@given(WORDS, st.randoms())
def test_a_carriers_words_say_the_same_in_whatever_order(words: list[Word], chance: object) -> None:
    parcel = Parcel("p", 1, "c", "", ParcelState.BOOKED, ())
    shuffled = list(words)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = domain_parcels.heard(parcel, words)
    assert domain_parcels.heard(parcel, shuffled) == found
    assert domain_parcels.heard(found, words) == found, "said again, it is no news"
    ends = [word for word in words if word.kind in (Kind.DELIVERED, Kind.RETURNED)]
    assert (found.state in (ParcelState.DELIVERED, ParcelState.RETURNED)) == bool(ends)
    assert found.left == bool(words)


def _order(quantity: int) -> Order:
    units = (UnitRun(0, quantity - 1, 100, 100, 0),)
    line = Line(1, "S", "", quantity, False, 100 * quantity, 100 * quantity, 0, 0, 0, (), units, Method.SHIP, "TPE01")
    return Order(
        "o", "no", OrderState.CONFIRMED, ChannelKind.ONLINE, "web", AT, "TWD", True, totals((line,), True), (line,)
    )


@given(st.integers(2, 9), st.sets(st.integers(0, 8), min_size=1))
def test_what_is_split_is_whole_again_when_it_is_merged(quantity: int, leaving: set[int]) -> None:
    order = _order(quantity)
    (task,) = domain.opened(order, AT, ["f"])
    units = [Units(1, unit, 1) for unit in leaving]
    if not leaving < set(range(quantity)):
        with pytest.raises(Fault):
            domain_packing.split(order, task, units, "g", 1)
        return
    rest, part = domain_packing.split(order, task, units, "g", 1)
    assert rest.amount + part.amount == task.amount
    held = {unit for line in part.lines for unit in range(line.first_unit, line.last_unit + 1)}
    assert held == leaving
    whole, gone = domain_packing.merge(order, rest, part)
    assert replace(whole, reason="") == replace(task, reason="")
    assert gone.state is State.CANCELLED
    parcels = domain_packing.packed(task, [domain_packing.Wanted(tuple(units), "c", "", 0),
                                           domain_packing.Wanted(_units(rest), "c", "", 0)], ["p", "q"])  # fmt: skip
    assert sum(unit.quantity for parcel in parcels for unit in parcel.units) == quantity


def _units(task: domain.Fulfilment) -> tuple[Units, ...]:
    return domain_packing.of(task)
