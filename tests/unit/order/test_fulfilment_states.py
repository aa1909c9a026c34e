"""The states of a fulfilment, exhaustively, and how an order falls apart into tasks."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from services.order.checkout.domain import ChannelKind, Line, Method, Order, TransitionRefused, totals
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
LEGAL = {
    *product([State.PLACED], [State.ACCEPTED, State.REJECTED, State.CANCELLED]),
    *product([State.ACCEPTED], [State.PICKING, State.REJECTED, State.CANCELLED]),
    *product([State.PICKING], [State.READY, State.REJECTED, State.CANCELLED]),
    *product([State.READY], [State.HANDED_OVER, State.EXPIRED, State.CANCELLED]),
    *product([State.EXPIRED], [State.READY, State.CANCELLED]),
    (State.ON_HOLD, State.CANCELLED),
    *product([State.ARRIVED], [State.READY, State.REJECTED, State.CANCELLED]),
}
SENT = LEGAL | {
    (State.PICKING, State.PACKED),
    *product([State.PACKED], [State.SHIPPED, State.CANCELLED]),
    *product([State.SHIPPED], [State.DELIVERED, State.UNDELIVERED]),
    (State.DELIVERED, State.UNDELIVERED),
    (State.UNDELIVERED, State.DELIVERED),
}


def task(state: State = State.PLACED) -> Fulfilment:
    held = State.PLACED if state is State.ON_HOLD else ""
    return Fulfilment(
        "f", "o", "no", None, Method.COLLECT, "TPE01", state, 1, (), 100, AT, AT, held_state=held, reason="why"
    )


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_every_pair_of_states(before: State, after: State) -> None:
    _pair(task(before), before, after, LEGAL)


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_every_pair_of_states_of_what_is_sent(before: State, after: State) -> None:
    _pair(replace(task(before), method=Method.SHIP), before, after, SENT)


def _pair(given_: Fulfilment, before: State, after: State, legal: set[tuple[State, State]]) -> None:
    if before is after:
        assert domain.move(given_, after) is given_
    elif (before, after) in legal:
        moved = domain.move(given_, after, "because")
        assert (moved.state, moved.reason, moved.held_state) == (after, "because", "")
    else:
        with pytest.raises(TransitionRefused) as refused:
            domain.move(given_, after)
        assert refused.value.metadata["state"] == before


@pytest.mark.parametrize("state", State)
def test_what_is_held_goes_on_from_where_it_was(state: State) -> None:
    held = domain.hold(task(state), Reason.CAPTURE_FAILED)
    if state in (State.PLACED, State.ACCEPTED, State.PICKING, State.READY, State.ARRIVED):
        assert (held.state, held.held_state) == (State.ON_HOLD, state)
        assert domain.release(held, Reason.CAPTURE_FAILED).state is state
        assert domain.release(replace(held, reason="other"), Reason.CAPTURE_FAILED).state is State.ON_HOLD
    else:
        assert held == task(state)


def test_what_is_carried_out_is_no_task() -> None:
    line = Line(1, "S", "", 1, False, 5, 5, 0, 0, 5, (), (), Method.CARRY_OUT, "TPE01")
    order = Order(
        "o", "no", OrderState.CONFIRMED, ChannelKind.STORE, "stores", AT, "TWD", True, totals((line,), True), (line,)
    )
    assert domain.opened(order, AT, ["f"]) == []
