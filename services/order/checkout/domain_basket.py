"""What somebody wants to buy, and what this service refuses about it before a price is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kit.errors import Code, Fault, invalid
from omo_pricing import Use as RuleUse
from services.order.checkout import domain_spends
from services.order.checkout.domain import Line, Method, Totals
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_freight import Charge, Route
from services.order.checkout.domain_spends import Use

MAX_LINES = 100
MAX_QUANTITY = 1_000_000
MAX_CODES = 5
_MAX_TEXT = 64
_MAX_RULE = 255


class UnknownSku(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_SKU"


class SkuNotSoldHere(Fault):
    """The good is no part of the channel's or the store's range now."""

    code = Code.FAILED_PRECONDITION
    reason = "SKU_NOT_SOLD_HERE"


class CouponUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "COUPON_UNKNOWN"

    def __init__(self, coupon: str) -> None:
        super().__init__(f"{coupon} is no coupon that can be used now")
        self.metadata["code"] = coupon


class PickupNotOffered(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PICKUP_NOT_OFFERED"


class PurchaseLimit(Fault):
    """More, or less, than one cart or one member may buy."""

    code = Code.FAILED_PRECONDITION
    reason = "PURCHASE_LIMIT"


class QuoteExpired(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "QUOTE_EXPIRED"


class QuoteMismatch(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "QUOTE_MISMATCH"


@dataclass(frozen=True, slots=True)
class Want:
    """One good, how much of it, and how it is to reach the shopper; never a price."""

    sku: str
    quantity: int
    method: Method | None
    fulfilment_location_id: str


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """A price that stands still for a shopper, whatever the lists say by now; as a list has it."""

    sku: str
    amount: int
    tax_included: bool


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced, and for whom."""

    channel_id: str
    wants: tuple[Want, ...]
    member_id: str | None = None
    location_id: str = ""
    """The store, for a quote at a till."""
    codes: tuple[str, ...] = ()
    spend_points: int = 0
    spends: tuple[Use, ...] = ()
    refused_gifts: tuple[str, ...] = ()
    """Rules whose gift the shopper does not want."""
    kept: tuple[KeptPrice, ...] = ()
    bought: Mapping[str, int] = field(default_factory=dict)
    """By purchase limit, what the member bought under it before; whoever prices looks it up."""
    remaining: Mapping[str, int] = field(default_factory=dict)
    """By rule with a limit, how often the shopper may still use it; whoever prices looks it up."""
    segments: frozenset[str] = frozenset()
    """Those that rules name and the member is in; whoever prices looks it up."""
    delivery: Delivery | None = None
    """How shipped lines would go; None: the usual way."""
    along: str = ""
    """The order that pays for their way: they go along with it."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A purchase limit that the basket does not keep."""

    limit_id: str
    over: str
    allowed: int
    units: int
    line_nos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit on what one member may buy in all, which the basket touches."""

    limit_id: str
    units: int
    most: int


@dataclass(frozen=True, slots=True)
class SkippedRule:
    """A rule that was looked at and gave nothing."""

    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Preordered:
    """A line that is sold before its goods are there: by which offer, where they come to, and from when on."""

    line_no: int
    offer_id: str
    sku: str
    quantity: int
    location_id: str
    release_time: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced basket, with every version that it came from."""

    channel_id: str
    location_id: str
    member_id: str | None
    currency: str
    tax_included: bool
    lines: tuple[Line, ...]
    totals: Totals
    catalogue_version: int
    price_list_version: int
    rules_version: str
    points_spent: int = 0
    skipped: tuple[SkippedRule, ...] = ()
    spends: tuple[Use, ...] = ()
    over: tuple[OverLimit, ...] = ()
    """Said by a quote, refused by an order."""
    limited: tuple[Limited, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    """Codes that give nothing, each with why."""
    uses: tuple[RuleUse, ...] = ()
    """Rules with a limit that gave something: reserved when it is ordered."""
    preorders: tuple[Preordered, ...] = ()
    coded: bool = False
    """Whether codes were typed."""
    freight: Charge | None = None
    route: Route | None = None
    """The way that was priced; None: no way costs anything."""
    along: str = ""
    """The order that pays for the way; only what is added to that one may take this quote."""

    @property
    def due(self) -> int:
        """What is left of the total for a payment provider."""
        return self.totals.grand_total - sum(use.pays for use in self.spends)


def checked(basket: Basket) -> Basket:
    """The basket, if it is one that can be priced; the refusal names the field and the rule."""
    if not 1 <= len(basket.channel_id) <= _MAX_TEXT:
        raise invalid("channel_id", f"must have 1 to {_MAX_TEXT} characters")
    if not 1 <= len(basket.wants) <= MAX_LINES:
        raise invalid("lines", f"must hold 1 to {MAX_LINES} lines")
    for place, want in enumerate(basket.wants):
        _check_want(f"lines[{place}]", want)
    _check_codes(basket.codes)
    if len(basket.refused_gifts) > MAX_LINES or any(len(rule) > _MAX_RULE for rule in basket.refused_gifts):
        raise invalid("refused_gifts", f"must hold at most {MAX_LINES} rules of at most {_MAX_RULE} characters")
    domain_spends.checked(basket.spends, basket.member_id, basket.spend_points)
    if basket.spend_points < 0:
        raise invalid("spend_points", "must not be negative")
    if basket.spend_points and basket.member_id is None:
        raise invalid("spend_points", "must be 0 without a member")
    return basket


def deliverable(lines: Sequence[Line]) -> None:
    """Refuses to take an order online for what can only be carried out of a store."""
    for place, line in enumerate(lines):
        if line.method is Method.CARRY_OUT:
            raise invalid(f"lines[{place}].method", "must be COLLECT or SHIP")


def _check_codes(codes: Sequence[str]) -> None:
    if len(codes) > MAX_CODES:
        raise invalid("coupon_codes", f"must hold at most {MAX_CODES} codes")
    for place, code in enumerate(codes):
        if not 1 <= len(code) <= _MAX_TEXT:
            raise invalid(f"coupon_codes[{place}]", f"must have 1 to {_MAX_TEXT} characters")


def _check_want(path: str, want: Want) -> None:
    if not 1 <= len(want.sku) <= _MAX_TEXT:
        raise invalid(f"{path}.sku", f"must have 1 to {_MAX_TEXT} characters")
    if not 1 <= want.quantity <= MAX_QUANTITY:
        raise invalid(f"{path}.quantity", f"must be 1 to {MAX_QUANTITY}")
    if want.method is Method.COLLECT and not want.fulfilment_location_id:
        raise invalid(f"{path}.fulfilment_location_id", "must name the store to collect from")
    if len(want.fulfilment_location_id) > _MAX_TEXT:
        raise invalid(f"{path}.fulfilment_location_id", f"must have at most {_MAX_TEXT} characters")
