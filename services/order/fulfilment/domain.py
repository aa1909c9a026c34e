"""What a location does for an order, and the states that it may move through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import Line, Method, Order, TransitionRefused

ACCEPT_WITHIN = timedelta(minutes=30)
COLLECT_WITHIN = timedelta(days=7)
PIN_TRIES = 5


class State(StrEnum):
    """Where a fulfilment stands."""

    PLACED = "PLACED"
    ACCEPTED = "ACCEPTED"
    PICKING = "PICKING"
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    ON_HOLD = "ON_HOLD"
    EXPIRED = "EXPIRED"


class Capture(StrEnum):
    """Where its part of the order's money stands."""

    OPEN = "OPEN"
    DUE = "DUE"
    CAPTURED = "CAPTURED"
    FAILED = "FAILED"


class Reason(StrEnum):
    """Why a fulfilment changed, where nobody gave a reason of his own."""

    ACCEPT_LATE = "ACCEPT_LATE"
    NOT_COLLECTED = "NOT_COLLECTED"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    CAPTURED = "CAPTURED"
    PIN_RENEWED = "PIN_RENEWED"
    OTHER_PART_REJECTED = "OTHER_PART_REJECTED"


class PinWrong(Fault):
    code = Code.PERMISSION_DENIED
    reason = "PIN_WRONG"


class PinLocked(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "PIN_LOCKED"


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """One line of the order, as far as this location delivers it: whole, in this cut."""

    line_no: int
    sku: str
    name: str
    quantity: int
    by_measure: bool


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What one location does for an order by one method."""

    fulfilment_id: str
    order_id: str
    order_no: str
    member_id: str | None
    method: Method
    location_id: str
    state: State
    version: int
    """The location's number: +1 with each change of any of its tasks."""
    lines: tuple[FulfilmentLine, ...]
    amount: int
    accept_deadline: datetime
    update_time: datetime
    pickup_deadline: datetime | None = None
    held_state: str = ""
    reason: str = ""
    late: bool = False
    contact_id: str = ""
    masked_name: str = ""
    picker_staff_code: str = ""
    handed_over_by: str = ""
    handed_over_time: datetime | None = None
    handover_event_id: str | None = None
    capture: Capture = Capture.OPEN
    pin_hash: bytes | None = None
    pin_sealed: bytes | None = None
    pin_tries: int = 0

    @property
    def by_pin(self) -> bool:
        """Whether a shopper stands there and proves by PIN that it is his."""
        return self.method is Method.COLLECT


_OPEN = {State.PLACED, State.ACCEPTED, State.PICKING, State.READY}
_NEXT = {
    State.PLACED: {State.ACCEPTED, State.REJECTED, State.CANCELLED},
    State.ACCEPTED: {State.PICKING, State.REJECTED, State.CANCELLED},
    State.PICKING: {State.READY, State.REJECTED, State.CANCELLED},
    State.READY: {State.HANDED_OVER, State.EXPIRED, State.CANCELLED},
    # the shopper comes after all
    State.EXPIRED: {State.READY, State.CANCELLED},
    State.ON_HOLD: {State.CANCELLED},
    State.HANDED_OVER: set[State](),
    State.REJECTED: set[State](),
    State.CANCELLED: set[State](),
}


def move(given: Fulfilment, to: State, reason: str = "") -> Fulfilment:
    """The same fulfilment one step on; a repeated step is no step at all.

    A till that heard no answer asks again, and a finger presses twice.
    """
    if given.state is to:
        return given
    if to not in _NEXT[given.state]:
        raise refused(given, to)
    return replace(given, state=to, reason=reason, held_state="")


def refused(given: Fulfilment, to: State) -> TransitionRefused:
    return TransitionRefused(
        f"a {given.state} fulfilment cannot become {to}", fulfilment_id=given.fulfilment_id, state=given.state
    )


def ended(given: Fulfilment) -> bool:
    """Whether nothing will ever become of it any more."""
    return not _NEXT[given.state]


def hold(given: Fulfilment, reason: str) -> Fulfilment:
    """Stops what is not handed over yet, to go on later from where it was."""
    if given.state not in _OPEN:
        return given
    return replace(given, state=State.ON_HOLD, held_state=given.state, reason=reason)


def release(given: Fulfilment, reason: str) -> Fulfilment:
    """Lets a held fulfilment go on, if it was held for this reason."""
    if given.state is not State.ON_HOLD or given.reason != reason:
        return given
    return replace(given, state=State(given.held_state), held_state="", reason="")


def opened(order: Order, at: datetime, ids: Sequence[str]) -> list[Fulfilment]:
    """One fulfilment for each method and location of the order's lines that are not carried out."""
    places = sorted({_place(line) for line in order.lines if line.method is not Method.CARRY_OUT})
    return [_opened(order, at, fulfilment_id, *place) for fulfilment_id, place in zip(ids, places, strict=False)]


def _place(line: Line) -> tuple[str, Method]:
    return line.fulfilment_location_id, line.method


def _opened(order: Order, at: datetime, fulfilment_id: str, location_id: str, method: Method) -> Fulfilment:
    lines = [line for line in order.lines if _place(line) == (location_id, method)]
    on_top = 0 if order.tax_included else sum(line.tax_total for line in lines)
    return Fulfilment(
        fulfilment_id=fulfilment_id,
        order_id=order.order_id,
        order_no=order.order_no,
        member_id=order.member_id,
        method=method,
        location_id=location_id,
        state=State.PLACED,
        version=0,
        lines=tuple(FulfilmentLine(e.line_no, e.sku, e.name, e.quantity, e.by_measure) for e in lines),
        amount=sum(line.net_total - line.points_value for line in lines) + on_top,
        accept_deadline=at + ACCEPT_WITHIN,
        update_time=at,
        contact_id=order.contact_id,
        masked_name=order.masked_name,
    )
