"""What a location does for an order, and how it moves from state to state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kit.errors import Code, Fault
from services.order.checkout.domain import ChannelKind, Line, Method, Order, TransitionRefused
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain_parcels import Parcel
from services.order.fulfilment.domain_states import GONE, HOLDABLE, LEG, NEXT, Capture, Reason, State
from services.order.fulfilment.domain_units import Run

ACCEPT_WITHIN = timedelta(minutes=30)
COLLECT_WITHIN = timedelta(days=7)
PIN_TRIES = 5


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
    part_no: int = 0
    """Tells parts of one place and decision apart."""
    ready_deadline: datetime | None = None
    ship_deadline: datetime | None = None
    parcels: tuple[Parcel, ...] = ()
    to_location_id: str = ""
    """The store that it is sent to, where the shopper collects it."""
    asking: frozenset[str] = frozenset()
    """Its goods that leave by serial; known where it is locked."""

    @property
    def stands(self) -> bool:
        """Whether its units are its own: an ended one's are free for another place, unless they were handed over."""
        return self.state not in (State.REJECTED, State.CANCELLED)

    @property
    def gone(self) -> bool:
        """Whether its units left the place: with the shopper, or with a carrier."""
        return self.state in GONE

    @property
    def by_pin(self) -> bool:
        """Whether a shopper stands there and proves by PIN that it is his."""
        return self.method is Method.COLLECT


def move(given: Fulfilment, to: State, reason: str = "") -> Fulfilment:
    """The same fulfilment one step on; a repeated step is no step at all.

    A till that heard no answer asks again, and a finger presses twice.
    """
    if given.state is to:
        return given
    if to not in (LEG if given.to_location_id else NEXT[given.method]).get(given.state, ()):
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
    if given.state not in HOLDABLE[given.method]:
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
        to_location_id=order.delivery.collect_location_id if order.delivery and method is Method.SHIP else "",
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
    """What is to be captured for these units; of a store's sale the till has the money."""
    if order.channel_kind is ChannelKind.STORE:
        return 0
    return sum(domain_units.payable(line, run, order.tax_included) for line, run in runs)
