"""What an order is: its lines down to the unit, its tenders, and the states that it may move through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_freight import Charge
from services.order.checkout.domain_spends import Use


class State(StrEnum):
    """Where an order stands; fulfilment and payment have states of their own."""

    PENDING = "PENDING"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class ChannelKind(StrEnum):
    """Where an order was made."""

    ONLINE = "ONLINE"
    STORE = "STORE"


class Method(StrEnum):
    """How a line reaches the shopper."""

    CARRY_OUT = "CARRY_OUT"
    COLLECT = "COLLECT"
    SHIP = "SHIP"


class Entry(StrEnum):
    """An entry of the tender journal."""

    REQUESTED = "REQUESTED"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"
    REFUNDED = "REFUNDED"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    REFUND_FAILED = "REFUND_FAILED"
    # into a till's drawer for what is still to be handed over, and out of it again
    RECEIVED = "RECEIVED"
    GIVEN = "GIVEN"


class TransitionRefused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "TRANSITION_REFUSED"


@dataclass(frozen=True, slots=True)
class Discount:
    """What a rule took off a whole line."""

    rule_id: str
    rule_version: str
    stage: str
    amount: int


@dataclass(frozen=True, slots=True)
class UnitRun:
    """The units `first` to `last` of a line (from 0, both inclusive); the amounts are those of each of them."""

    first: int
    last: int
    list_amount: int
    net_amount: int
    tax_amount: int
    points_value: int = 0
    discounts: tuple[int, ...] = ()
    """In the order of the line's discounts."""

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU, how much of it, and what it came to; amounts are the whole line's."""

    line_no: int
    sku: str
    name: str
    quantity: int
    by_measure: bool
    list_total: int
    net_total: int
    tax_total: int
    points_value: int
    earn_base: int
    discounts: tuple[Discount, ...]
    units: tuple[UnitRun, ...]
    method: Method
    fulfilment_location_id: str = ""
    seller_staff_code: str = ""

    @property
    def discount_total(self) -> int:
        return self.list_total - self.net_total

    @property
    def pooled(self) -> bool:
        """Whether it is promised from its channel's pool: nobody named the place that sends it."""
        return self.method is Method.SHIP and not self.fulfilment_location_id


@dataclass(frozen=True, slots=True)
class TenderEntry:
    """One entry of the tender journal; `key` tells apart what may happen more than once."""

    tender_no: int
    entry: Entry
    kind: str
    amount: int
    business_time: datetime
    provider: str = ""
    reference: str = ""
    code: str = ""
    key: str = ""


# how far each leads; a refund that failed leads nowhere
_LATEST = (Entry.REFUNDED, Entry.CAPTURED, Entry.CAPTURE_FAILED, Entry.VOIDED, Entry.DECLINED, Entry.GIVEN,
           Entry.RECEIVED, Entry.AUTHORISED, Entry.REQUESTED, Entry.REFUND_FAILED)  # fmt: skip


def tender_states(entries: Sequence[TenderEntry]) -> list[tuple[int, int, TenderEntry]]:
    """Each tender's number, amount and the entry that says where it stands: the one that leads furthest.

    Not the one that came last: a provider's notifications overtake each other.
    """
    found: dict[int, TenderEntry] = {}
    amounts: dict[int, int] = {}
    for entry in entries:
        held = found.get(entry.tender_no)
        if held is None or _LATEST.index(entry.entry) < _LATEST.index(held.entry):
            found[entry.tender_no] = entry
        if entry.entry in (Entry.REQUESTED, Entry.CAPTURED) and entry.tender_no not in amounts:
            amounts[entry.tender_no] = entry.amount
    return [(number, amounts.get(number, entry.amount), entry) for number, entry in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the lines: grand = list - discount (+ tax where it is on top) - what points paid + shipping."""

    list_total: int
    discount_total: int
    tax_total: int
    points_value: int
    grand_total: int
    shipping_total: int = 0


def totals(lines: tuple[Line, ...], tax_included: bool, shipping: int = 0) -> Totals:
    """What the lines come to, and bringing them."""
    listed = sum(line.list_total for line in lines)
    net = sum(line.net_total for line in lines)
    tax = sum(line.tax_total for line in lines)
    points = sum(line.points_value for line in lines)
    grand = net + (0 if tax_included else tax) - points + shipping
    return Totals(listed, listed - net, tax, points, grand, shipping)


@dataclass(frozen=True, slots=True)
class Order:
    """One order, online or in a store."""

    order_id: str
    order_no: str
    state: State
    channel_kind: ChannelKind
    channel_id: str
    business_time: datetime
    currency: str
    tax_included: bool
    totals: Totals
    lines: tuple[Line, ...]
    tenders: tuple[TenderEntry, ...] = ()
    location_id: str = ""
    """The store that sold it; empty online."""
    terminal_id: str = ""
    member_id: str | None = None
    points_spent: int = 0
    catalogue_version: int = 0
    price_list_version: int = 0
    rules_version: str = ""
    version: int = 1
    reason: str = ""
    contact_id: str = ""
    masked_name: str = ""
    staff_link_token: str = ""
    cashier_staff_code: str = ""
    external_id: str = ""
    offline: bool = False
    review_flags: tuple[str, ...] = ()
    actor_kind: str = ""
    actor_id: str = ""
    actor_terminal_id: str = ""
    record_time: datetime | None = None
    """Set by the database."""
    payment: "Waiting | None" = None
    """Set while somebody must act before the order can be confirmed."""
    delivery: Delivery | None = None
    """How its shipped lines go; set where anything is shipped."""
    spends: tuple[Use, ...] = ()  # of what the member holds; points are said above
    freight: Charge | None = None

    @property
    def due(self) -> int:
        """What is left of the total for a payment provider."""
        return self.totals.grand_total - sum(use.pays for use in self.spends)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a PENDING_PAYMENT order waits for: the shopper at `redirect_url`, or, without one, the provider."""

    redirect_url: str = ""


_NEXT = {
    State.PENDING: {State.PENDING_PAYMENT, State.CONFIRMED, State.CANCELLED},
    State.PENDING_PAYMENT: {State.CONFIRMED, State.CANCELLED},
    State.CONFIRMED: {State.CANCELLED},
    State.CANCELLED: set[State](),
}


def move(order: Order, to: State, reason: str = "") -> Order:
    """The same order one step on; a repeated step is no step at all: events arrive at least once."""
    if order.state is to:
        return order
    if to not in _NEXT[order.state]:
        raise TransitionRefused(f"a {order.state} order cannot become {to}", order_id=order.order_id, state=order.state)
    return replace(order, state=to, version=order.version + 1, reason=reason)
