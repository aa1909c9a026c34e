"""What a return is: units on their way back, the states that it may move through, and what becomes of the goods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import TransitionRefused


class State(StrEnum):
    """Where a return stands."""

    REQUESTED = "REQUESTED"
    AUTHORISED = "AUTHORISED"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class Disposition(StrEnum):
    """What becomes of a unit; empty until it is here."""

    NONE = ""
    RESTOCK = "restock"
    DAMAGED = "damaged"
    QUARANTINE = "quarantine"
    VENDOR = "vendor"
    MISSING = "missing"


class Flag(StrEnum):
    """What about a return a person should look at."""

    TOO_LATE = "TOO_LATE"
    UNVERIFIED = "UNVERIFIED"
    REPEAT_RETURNER = "REPEAT_RETURNER"
    CAPPED = "CAPPED"
    """Less was left of the order's money than the units had cost."""
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    """A till took units back whose order was not known yet: stock was told of the goods as they came."""
    RETURNED_BEFORE = "RETURNED_BEFORE"
    """A till took units back that came back elsewhere, or never were sold."""
    REFUND_DIFFERS = "REFUND_DIFFERS"
    """A till gave back another amount than the units had cost, or in a way that leaves open what is still owed."""
    WAIVED = "WAIVED"
    """Somebody who may let the shopper off what the brand keeps for its work."""
    SERIAL_MISMATCH = "SERIAL_MISMATCH"
    """Units whose serials are not those that they left with, or cannot be read: somebody said why, or a till."""


class ReturnUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "RETURN_UNKNOWN"


class UnitsNotReturnable(Fault):
    """They were not handed over, or came back before."""

    code = Code.FAILED_PRECONDITION
    reason = "UNITS_NOT_RETURNABLE"


class ReturnOpen(Fault):
    """Somebody else has begun to return these units; that return can be resumed."""

    code = Code.FAILED_PRECONDITION
    reason = "RETURN_OPEN"


class ReturnTooLate(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "RETURN_TOO_LATE"


class ReturnUnverified(Fault):
    code = Code.PERMISSION_DENIED
    reason = "RETURN_UNVERIFIED"


class ReturnNotAnnounced(Fault):
    """A drop point takes only what somebody asked to bring, by the brand's terms."""

    code = Code.FAILED_PRECONDITION
    reason = "RETURN_NOT_ANNOUNCED"


class SetIncomplete(Fault):
    """Goods that a gift, a multibuy or a bundle joined come back together."""

    code = Code.FAILED_PRECONDITION
    reason = "SET_INCOMPLETE"


class CreditNotOffered(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CREDIT_NOT_OFFERED"


@dataclass(frozen=True, slots=True)
class Units:
    """A run of units of one line, and what they are worth."""

    line_no: int
    first: int
    last: int
    sku: str
    name: str
    quantity: int
    by_measure: bool
    amount: int
    """What the shopper had paid for them, in any tender."""
    net_total: int
    earn_base: int
    points_returned: int
    disposition: Disposition = Disposition.NONE

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class SentOn:
    """The way of goods from the drop point that took them to where somebody looks at them."""

    source: str
    target: str
    left_time: datetime
    arrive_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Units of one order on their way back."""

    return_id: str
    order_id: str
    order_no: str
    state: State
    location_id: str
    reason: str
    units: tuple[Units, ...]
    business_time: datetime
    update_time: datetime
    flags: tuple[Flag, ...] = ()
    as_credit: bool = False
    exchange_order_id: str | None = None
    version: int = 1
    came: tuple[tuple[int, int, str], ...] = ()
    """Line, unit and serial of what is here, while that is being written."""
    asking: frozenset[str] = frozenset()
    """Its goods that come back by serial; known where it is read to be received."""
    sent: SentOn | None = None
    """Once a drop point has sent it on; until it arrives its location is the drop point's."""

    @property
    def amount(self) -> int:
        """What all of its units had cost."""
        return sum(one.amount for one in self.units)

    @property
    def received_at(self) -> str:
        """Where the goods came, wherever they were sent since."""
        return self.sent.source if self.sent else self.location_id


@dataclass(frozen=True, slots=True)
class Returned:
    """A run of a line's units that came back or is about to, as the passport of these units says it."""

    line_no: int
    first: int
    last: int
    return_id: str
    state: str
    location_id: str
    business_time: datetime
    disposition: str
    refund_state: str


_NEXT = {
    State.REQUESTED: {State.AUTHORISED, State.RECEIVED, State.INSPECTED, State.CANCELLED},
    State.AUTHORISED: {State.RECEIVED, State.INSPECTED, State.CANCELLED},
    State.RECEIVED: {State.INSPECTED},
    State.INSPECTED: {State.CLOSED, State.RECEIVED},
    State.CLOSED: {State.RECEIVED},
    State.CANCELLED: set[State](),
}
OPEN = (State.REQUESTED, State.AUTHORISED)
HERE = (State.RECEIVED, State.INSPECTED, State.CLOSED)


def move(given: Return, to: State, at: datetime) -> Return:
    """The same return one step on; a repeated step is no step."""
    if given.state is to:
        return given
    if to not in _NEXT[given.state]:
        raise TransitionRefused(
            f"a {given.state} return cannot become {to}", return_id=given.return_id, state=given.state
        )
    return replace(given, state=to, version=given.version + 1, update_time=at)


def inspected(units: Sequence[Units]) -> State:
    """Where a return stands once it is here: something may still have to be looked at."""
    waits = any(one.disposition is Disposition.QUARANTINE for one in units)
    return State.RECEIVED if waits else State.INSPECTED
