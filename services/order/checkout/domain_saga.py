"""The checkout's saga: where it stands, why it was undone, and which faults end it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import Order, State, move
from services.order.checkout.domain_parts import Instrument

KIND = "checkout"
"""Of the timer that holds its lease, fence and next try."""
PAY_WITHIN = timedelta(minutes=15)
TRIES_FORWARD = 3
"""After so many failed tries of the resumer the order is undone rather than kept open."""
_FINAL = {
    Code.INVALID_ARGUMENT,
    Code.NOT_FOUND,
    Code.ALREADY_EXISTS,
    Code.FAILED_PRECONDITION,
    Code.PERMISSION_DENIED,
    Code.OUT_OF_RANGE,
}
_SOONEST, _LATEST = timedelta(seconds=3), timedelta(seconds=60)


class Step(StrEnum):
    """What the saga does next."""

    PLACE = "PLACE"
    PAY = "PAY"
    UNDO = "UNDO"
    DONE = "DONE"


class SagaFailed(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "SAGA_FAILED"


class Undone(Fault):
    """Somebody who was needed gave no answer, so the order was turned back.

    Nobody refused anything: its request is forgotten in the transaction that
    turns it, and the same key begins a new order.
    """

    # not UNAVAILABLE: channels repeat that by themselves, and each repetition would be an order more to undo
    code = Code.ABORTED
    reason = "CHECKOUT_UNDONE"


@dataclass(frozen=True, slots=True)
class Checkout:
    """The saga row of an order."""

    order_id: str
    step: Step
    provider: str
    instrument_token: str
    return_url: str
    cart_hold_id: str
    principal: str
    request_id: str
    pay_until: datetime
    redirect_url: str = ""
    cause: "Cause | None" = None
    instruments: tuple[Instrument, ...] = ()  # of its further payments, only where they are written for the first time


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an order was undone; a refusal is kept so that asking again is refused in the same words."""

    code: str
    reason: str
    message: str
    domain: str
    metadata: dict[str, str]

    @classmethod
    def of(cls, fault: Fault) -> "Cause":
        return cls(fault.code, fault.reason, fault.message, fault.domain, fault.metadata)

    def fault(self) -> Fault:
        """The refusal again."""
        again = Fault(self.message, code=Code(self.code), reason=self.reason, domain=self.domain)
        again.metadata.update(self.metadata)
        return again


def is_final(fault: Fault) -> bool:
    """Whether the answer is no, and not merely that no answer came."""
    return fault.code in _FINAL


def refusal(fault: Fault) -> Fault:
    """What the shopper is told: a refusal as it is, trouble as an order that was undone and may be asked for again."""
    if is_final(fault):
        return fault
    return Undone(f"the order could not be completed and was undone: {fault.message}", cause=fault.reason)


def ended(order: Order, fault: Fault) -> Order:
    """The order as this fault leaves it."""
    return move(order, State.CANCELLED, fault.metadata.get("cause") or fault.reason)


def ask_again(since: datetime, now: datetime, until: datetime) -> datetime:
    """When to ask the provider next: soon at first, then less and less often, never past the end."""
    pause = min(max((now - since) / 2, _SOONEST), _LATEST)
    return min(now + pause, until)
