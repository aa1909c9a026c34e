"""What a location does for an order, and the states that it may move through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import Line, Method, Order, TransitionRefused
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain_units import Run

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
    SOURCED_ELSEWHERE = "SOURCED_ELSEWHERE"
    UNFILLABLE = "UNFILLABLE"


class PinWrong(Fault):
    code = Code.PERMISSION_DENIED
    reason = "PIN_WRONG"


class PinLocked(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "PIN_LOCKED"


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """Units of a line that this location delivers, one after the other; a line may come in several such runs."""

    line_no: int
    sku: str
    name: str
    quantity: int
    by_measure: bool
    first_unit: int = 0

    @property
    def last_unit(self) -> int:
        """What is sold by measure is one unit."""
        return self.first_unit + (0 if self.by_measure else self.quantity - 1)


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
    decision_id: str = ""
    """The sourcing decision that chose the location; empty where the order named it."""

    @property
    def stands(self) -> bool:
        """Whether its units are its own: an ended one's are free for another place, unless they were handed over."""
        return self.state not in (State.REJECTED, State.CANCELLED)

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


def numbered(given: Fulfilment, version: int) -> Fulfilment:
    """The fulfilment under its location's next number."""
    return replace(given, version=version)


def hold(given: Fulfilment, reason: str) -> Fulfilment:
    """Stops what is not handed over yet, to go on later from where it was."""
    if given.state not in _OPEN:
        return given
    return replace(given, state=State.ON_HOLD, held_state=given.state, reason=reason)


def beside(parts: Sequence[Fulfilment], given: Fulfilment) -> Fulfilment:
    """A new task of an order as it begins: on hold while the money for another part was refused."""
    refused_ = any(part.capture is Capture.FAILED for part in parts)
    return hold(given, Reason.CAPTURE_FAILED) if refused_ else given


def release(given: Fulfilment, reason: str) -> Fulfilment:
    """Lets a held fulfilment go on, if it was held for this reason."""
    if given.state is not State.ON_HOLD or given.reason != reason:
        return given
    return replace(given, state=State(given.held_state), held_state="", reason="")


def opened(order: Order, at: datetime, ids: Sequence[str]) -> list[Fulfilment]:
    """One fulfilment for each method and location that the order's lines name; who ships the rest is decided later."""
    named = [line for line in order.lines if line.method is not Method.CARRY_OUT and not line.pooled]
    places = sorted({_place(line) for line in named})
    return [
        fresh(order, at, fulfilment_id, method, location_id, [
            (line, (0, domain_units.count(line) - 1)) for line in named if _place(line) == (location_id, method)
        ])
        for fulfilment_id, (location_id, method) in zip(ids, places, strict=False)
    ]  # fmt: skip


def _place(line: Line) -> tuple[str, Method]:
    return line.fulfilment_location_id, line.method


def fresh(
    order: Order,
    at: datetime,
    fulfilment_id: str,
    method: Method,
    location_id: str,
    runs: Sequence[tuple[Line, Run]],
    decision_id: str = "",
) -> Fulfilment:
    """A new task of a location: these units, and their part of the money."""
    return Fulfilment(
        fulfilment_id=fulfilment_id,
        order_id=order.order_id,
        order_no=order.order_no,
        member_id=order.member_id,
        method=method,
        location_id=location_id,
        state=State.PLACED,
        version=0,
        lines=_lines(runs),
        amount=_amount(order, runs),
        accept_deadline=at + ACCEPT_WITHIN,
        update_time=at,
        contact_id=order.contact_id,
        masked_name=order.masked_name,
        decision_id=decision_id,
    )


def with_runs(order: Order, given: Fulfilment, runs: Sequence[tuple[Line, Run]]) -> Fulfilment:
    """The same task of other units; none of it is left where there are none."""
    return replace(given, lines=_lines(runs), amount=_amount(order, runs), reason=Reason.SOURCED_ELSEWHERE)


def _lines(runs: Sequence[tuple[Line, Run]]) -> tuple[FulfilmentLine, ...]:
    return tuple(
        FulfilmentLine(line.line_no, line.sku, line.name, domain_units.quantity(line, run), line.by_measure, run[0])
        for line, run in runs
    )


def _amount(order: Order, runs: Sequence[tuple[Line, Run]]) -> int:
    return sum(domain_units.payable(line, run, order.tax_included) for line, run in runs)
