"""Payments as order sees them: what a provider may answer, and what an order's money may do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import Code, Fault
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_spends import TENDERS

# the one tender that an online order has with its provider
TENDER = 1
PROVIDER = "PROVIDER"
VALUE = frozenset(TENDERS.values())


class PaymentDeclined(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PAYMENT_DECLINED"


class PaymentUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "PAYMENT_UNKNOWN"


class SignatureInvalid(Fault):
    code = Code.PERMISSION_DENIED
    reason = "SIGNATURE_INVALID"


class ProviderAway(Fault):
    """The provider gave no answer that can be trusted; what was asked may have happened all the same."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to have an order's amount secured; the order id is the key that makes it idempotent."""

    order_id: str
    amount: int
    currency: str
    instrument_token: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Authorised:
    """The amount is secured."""

    reference: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """The shopper must go there first; the result comes by notification."""

    url: str
    reference: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The provider is still at it; the result comes by notification."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """No; `code` is the provider's own word."""

    code: str
    reference: str = ""


Outcome = Authorised | Redirect | Wait | Declined


@dataclass(frozen=True, slots=True)
class Notification:
    """What a provider told us by itself, once its signature was found good."""

    notification_id: str
    order_id: str
    entry: Entry
    key: str
    amount: int
    reference: str
    code: str


@dataclass(frozen=True, slots=True)
class Money:
    """Where an order's money stands, as the sum of its journal."""

    authorised: int
    captured: int
    refunded: int
    voided: bool
    declined: str | None
    """The provider's code, if it declined."""
    reference: str

    @property
    def capturable(self) -> int:
        return 0 if self.voided else self.authorised - self.captured

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded

    @property
    def holds(self) -> bool:
        """Whether something is still to be given back when the order ends."""
        return self.refundable > 0 or (not self.voided and self.authorised > self.captured)


def money(entries: Sequence[TenderEntry]) -> Money:
    """The sums over an order's journal with its provider, in whatever order its entries came.

    What value pays stands in the journal too, and no provider knows of it.
    """
    entries = [entry for entry in entries if entry.kind not in VALUE]
    declined = next((entry.code or "declined" for entry in entries if entry.entry is Entry.DECLINED), None)
    authorised = [entry for entry in entries if entry.entry is Entry.AUTHORISED]
    return Money(
        authorised=sum(entry.amount for entry in authorised),
        captured=sum(entry.amount for entry in entries if entry.entry is Entry.CAPTURED),
        refunded=sum(entry.amount for entry in entries if entry.entry is Entry.REFUNDED),
        voided=any(entry.entry is Entry.VOIDED for entry in entries),
        declined=None if authorised else declined,
        reference=next((entry.reference for entry in entries if entry.reference), ""),
    )
