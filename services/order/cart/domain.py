"""What a cart is: lines that somebody put in somewhere, who works on it, and when it is over."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Basket, KeptPrice, Quote, Want
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_spends import Use

# an order has at most a hundred; a merged cart may hold those of several, to be thinned out
MAX_LINES = 100
MAX_MERGED = 300
MAX_QUANTITY = 1_000_000
MAX_CODES = 5
MAX_KEPT_CODES = 20
MAX_REFUSED = 50


class State(StrEnum):
    """Where a cart stands; only ACTIVE ones change."""

    ACTIVE = "ACTIVE"
    ORDERED = "ORDERED"
    MERGED = "MERGED"
    REPLACED = "REPLACED"


class Origin(StrEnum):
    """Where a line was put in."""

    UNSPECIFIED = ""
    APP = "APP"
    WEB = "WEB"
    LINE = "LINE"
    TILL = "TILL"


class Frozen(StrEnum):
    """What of a price stands still."""

    SOFT = "SOFT"
    HARD = "HARD"


class CartUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "CART_UNKNOWN"


class CartChanged(Fault):
    code = Code.ABORTED
    reason = "CART_CHANGED"


class CartLocked(Fault):
    code = Code.ABORTED
    reason = "CART_LOCKED"


class CartEnded(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_ENDED"


class CartInCheckout(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_IN_CHECKOUT"


class CartFrozen(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_FROZEN"


class CartLineUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "CART_LINE_UNKNOWN"


class CartFull(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_FULL"


class CartEmpty(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_EMPTY"


class CartHasProblems(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_HAS_PROBLEMS"


class PriceChanged(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PRICE_CHANGED"


@dataclass(frozen=True, slots=True)
class Seen:
    """What so much of a good cost at list price when the shopper last looked."""

    amount: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Line:
    """One good, how it is to reach the shopper, and who put it in where and when."""

    line_id: str
    sku: str
    quantity: int
    method: Method | None
    location_id: str
    origin: Origin
    staff_code: str
    add_time: datetime
    seen: Seen | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Two lines with the same are one."""
        return (self.sku, self.method or "", self.location_id)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A price that stands still for a while: that of each good, or the whole quote."""

    kind: Frozen
    until: datetime
    prices: tuple[KeptPrice, ...] = ()
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What the shopper wants."""

    lines: tuple[Line, ...] = ()
    codes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    spend_points: int = 0
    spends: tuple[Use, ...] = ()
    delivery: Delivery | None = None
    freeze: Freeze | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """Who works on it, and for how many seconds yet."""

    client_id: str
    until: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckingOut:
    """The request that makes an order of it; `live` while it may still begin one."""

    principal: str
    request_id: str
    live: bool


@dataclass(frozen=True, slots=True)
class Cart:
    """One cart."""

    cart_id: str
    member_id: str | None
    channel_id: str
    location_id: str = ""
    state: State = State.ACTIVE
    version: int = 0
    contents: Contents = field(default_factory=Contents)
    lock: Lock | None = None
    checkout: CheckingOut | None = None
    order_id: str = ""
    merged_into: str | None = None
    change_time: datetime | None = None
    # of the secret that opens a cart of nobody; None: its id does
    token_hash: bytes | None = None

    def frozen(self, now: datetime) -> Freeze | None:
        """The price that stands still, if its time is not over."""
        freeze = self.contents.freeze
        return freeze if freeze is not None and now < freeze.until else None


def may_change(cart: Cart, client_id: str) -> None:
    """Refuses who comes too late, or while somebody else works on it."""
    if cart.state is not State.ACTIVE:
        raise CartEnded(
            f"the cart is {cart.state}", cart_id=cart.merged_into or "", state=cart.state, order_id=cart.order_id
        )
    if cart.checkout is not None:
        raise CartInCheckout("an order is being made of this cart", cart_id=cart.cart_id, order_id=cart.order_id)
    if cart.lock is not None and cart.lock.client_id != client_id:
        raise CartLocked(
            f"{cart.lock.client_id} works on this cart",
            client_id=cart.lock.client_id,
            retry_after=int(cart.lock.seconds) + 1,
        )


def expect(cart: Cart, version: int) -> None:
    """Refuses to change what the caller has not seen; version 0 takes it as it is."""
    if version and version != cart.version:
        raise CartChanged("the cart was changed meanwhile", cart_id=cart.cart_id, version=cart.version)


def changed(cart: Cart, contents: Contents, now: datetime) -> Cart:
    """The cart one version on."""
    return replace(cart, contents=contents, version=cart.version + 1, change_time=now)


def basket(cart: Cart, now: datetime, lines: tuple[Line, ...] | None = None) -> Basket:
    """What is to be priced of it: all, or these lines."""
    contents, freeze = cart.contents, cart.frozen(now)
    return Basket(
        channel_id=cart.channel_id,
        wants=tuple(
            Want(each.sku, each.quantity, each.method, each.location_id)
            for each in (contents.lines if lines is None else lines)
        ),
        member_id=cart.member_id,
        codes=contents.codes[:MAX_CODES],
        spend_points=contents.spend_points if cart.member_id else 0,
        spends=contents.spends if cart.member_id else (),
        refused_gifts=contents.refused,
        kept=freeze.prices if freeze is not None else (),
        delivery=contents.delivery,
    )
