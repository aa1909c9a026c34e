"""Payments as order sees them: what a provider may answer, and what an order's money may do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import Code, Fault
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_parts import COUNTER, PROVIDER, TENDER
from services.order.checkout.domain_spends import TENDERS

__all__ = ["COUNTER", "PROVIDER", "TENDER"]
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


class PaymentOutstanding(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PAYMENT_OUTSTANDING"


class TenderNotDue(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "TENDER_NOT_DUE"


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to have an amount secured; its key makes it idempotent."""

    order_id: str
    amount: int
    currency: str
    instrument_token: str
    return_url: str
    tender_no: int = TENDER

    @property
    def key(self) -> str:
        """By which the provider knows this payment."""
        return key_of(self.order_id, self.tender_no)


@dataclass(frozen=True, slots=True)
class Authorised:
    """The amount is secured; `amount` where the provider said how much."""

    reference: str
    amount: int | None = None


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
    tender_no: int = TENDER


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
    tender_no: int = TENDER


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
    drawn: int = 0
    """What tills received and did not give back."""

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


@dataclass(frozen=True, slots=True)
class Charge:
    """One of an order's payments, as its provider is asked about it."""

    order_id: str
    tender_no: int
    provider: str
    asked: int
    money: Money

    @property
    def key(self) -> str:
        """By which the provider knows this payment."""
        return key_of(self.order_id, self.tender_no)

    @property
    def reference(self) -> str:
        """The provider's own name for it, once it told."""
        return self.money.reference

    @property
    def unpaid(self) -> int:
        """What a till has still to receive of what the shopper pays at the counter."""
        if self.provider != COUNTER or self.money.voided:
            return 0
        return max(self.money.authorised - self.money.drawn, 0)


def key_of(order_id: str, tender_no: int) -> str:
    """An order's only payment goes by the order's id, each further one by its number as well."""
    return order_id if tender_no == TENDER else f"{order_id}:{tender_no}"


def money(entries: Sequence[TenderEntry]) -> Money:
    """The sums over an order's journal with its provider, in whatever order its entries came.

    What value pays stands in the journal too, and no provider knows of it.
    """
    entries = [entry for entry in entries if entry.kind not in VALUE]
    declined = next((entry.code or "declined" for entry in entries if entry.entry is Entry.DECLINED), None)
    authorised = [entry for entry in entries if entry.entry is Entry.AUTHORISED]
    return Money(
        authorised=sum(entry.amount for entry in authorised),
        captured=_sum(entries, Entry.CAPTURED),
        refunded=_sum(entries, Entry.REFUNDED),
        voided=any(entry.entry is Entry.VOIDED for entry in entries),
        declined=None if authorised else declined,
        reference=next((entry.reference for entry in entries if entry.reference), ""),
        drawn=_sum(entries, Entry.RECEIVED) - _sum(entries, Entry.GIVEN),
    )


def charges(order_id: str, entries: Sequence[TenderEntry]) -> list[Charge]:
    """Each payment of an order that somebody beside the wallet makes, by its number; none for a store's sale."""
    found = []
    for number in sorted({entry.tender_no for entry in entries if entry.kind == PROVIDER}):
        own = [entry for entry in entries if entry.tender_no == number]
        first = next((entry for entry in own if entry.entry is Entry.REQUESTED), own[0])
        found.append(Charge(order_id, number, first.provider, first.amount, money(own)))
    return found


def secured(entries: Sequence[TenderEntry]) -> bool:
    """Whether every payment of the order is."""
    found = charges("", entries)
    return bool(found) and all(one.money.authorised for one in found)


def drawers_are_empty(ended: Sequence[Charge]) -> None:
    """Refuses to end what tills have still to give back: they received it for goods that nobody hands over."""
    left = sum(charge.money.drawn - charge.money.captured for charge in ended if charge.provider == COUNTER)
    if left > 0:
        raise ProviderAway(f"a till has still to give back {left}", order_id=ended[0].order_id)


def kind_of(entries: Sequence[TenderEntry], tender_no: int) -> str:
    """By what a till was paid: its kind of money, or OTHER where there were several."""
    kinds = {one.kind for one in entries if one.tender_no == tender_no and one.entry is Entry.RECEIVED}
    return kinds.pop() if len(kinds) == 1 else "OTHER" if kinds else PROVIDER


def _sum(entries: Sequence[TenderEntry], kind: Entry) -> int:
    return sum(entry.amount for entry in entries if entry.entry is kind)
