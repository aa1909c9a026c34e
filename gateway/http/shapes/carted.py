"""Carts, as whoever works on them is shown them, and as they are changed."""

from typing import Annotated, Any, Literal

from fastapi import Header, Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.baskets import Method, OrderLine, Points, Totals
from gateway.http.shapes.deliveries import Delivery, ShownDelivery
from gateway.http.shapes.fields import (
    Asked,
    ChannelId,
    LocationId,
    MemberId,
    Money,
    Shown,
    Sku,
    StaffCode,
    Time,
    Version,
    Whole,
    eg,
    kinds,
    price,
)
from gateway.http.shapes.freight import ShippingCharge
from gateway.http.shapes.wallet import Spends, Used
from omo.order.v1 import cart_pb2

CART = "4f3c2b1a-9d8e-4c7b-a6f5-0e1d2c3b4a59"
LINE = "7b6a5948-3726-4150-9f8e-7d6c5b4a3928"
_UUID = StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

CartId = Annotated[str, _UUID, eg(CART, "Names a cart; one of nobody is opened by its token.")]
LineId = Annotated[str, _UUID, eg(LINE, "Of a line of the cart.")]
CartPath = Annotated[str, Path(pattern=_UUID.pattern, examples=[CART], description="The cart's id.")]
_OPENS = "<cart-token>"
CartToken = Annotated[
    str,
    Header(
        alias="Cart-Token",
        max_length=128,
        pattern=r"^[\x21-\x7e]*$",
        examples=[_OPENS],
        description="Opens a cart of nobody: as `make_cart` told it.",
    ),
]
ClientId = Annotated[
    str, StringConstraints(max_length=64), eg("phone", "Which of the shopper's devices asks, for locks.")
]
SeenVersion = Annotated[
    int, Field(strict=True, ge=0), eg(0, "The version that the caller saw; 0: whatever it is by now.")
]
_RULE = StringConstraints(min_length=1, max_length=64)
Codes = Annotated[list[Annotated[str, _RULE]], Field(max_length=20)]
Ways = Literal["COLLECT", "SHIP", "CARRY_OUT"]


def some(example: Any, description: str, most: int = 100) -> Any:
    """A list that may be left out."""
    return eg(example, description, max_length=most)


class AddToCart(Asked):
    """A good to put in; of a good that is in, on the same way, there is more."""

    sku: Sku
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1, "Base units.")] = 1
    method: Annotated[Ways | None, eg("COLLECT", "How it is to reach the shopper; none: chosen later.")] = None
    fulfilment_location_id: Annotated[LocationId | None, eg("TPE01", "The store to collect in.")] = None


class SetCartQuantity(Asked):
    """How much of a line."""

    line_id: LineId
    quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(2, "Base units; 0 takes the line out.")]


class SetCartMethod(Asked):
    """How a line is to reach the shopper."""

    line_id: LineId
    method: Annotated[Ways, eg("SHIP", "COLLECT, SHIP, or CARRY_OUT at a till.")]
    fulfilment_location_id: Annotated[LocationId | None, eg(None, "The store to collect in.")] = None


class CartSpends(Asked):
    """What is to be spent, in place of what was."""

    spend_points: Points = 0
    spends: Spends = []


class ChangeCart(Asked):
    """What is changed, all or nothing: quantities, ways, lines, codes, gifts, spends, in this order."""

    version: SeenVersion = 0
    client_id: ClientId = ""
    origin: Annotated[Literal["APP", "WEB", "LINE"] | None, eg("APP", "Where the lines are put in.")] = None
    channel_id: Annotated[
        ChannelId | None, eg("web", "Where it is priced, of a new cart or from now on; none: web, or as it is.")
    ] = None
    quantities: Annotated[list[SetCartQuantity], some([], "Lines whose quantity changes.")] = []
    methods: Annotated[list[SetCartMethod], some([], "Lines that are to come another way.")] = []
    adds: Annotated[list[AddToCart], Field(max_length=100)] = []
    add_codes: Annotated[Codes, eg([], "Promotion codes to try.")] = []
    remove_codes: Annotated[Codes, eg([], "Promotion codes to forget.")] = []
    refuse_gifts: Annotated[Codes, eg([], "Rules whose gift is not wanted.")] = []
    take_gifts: Annotated[Codes, eg([], "Rules whose gift is wanted after all.")] = []
    spending: Annotated[CartSpends | None, eg(None, "Members only; none: as it was.")] = None
    delivery: Annotated[Delivery | None, eg(None, "How shipped lines go; none: as it was.")] = None
    accept_prices: Annotated[bool, eg(False, "True: the shopper has seen what it costs by now.")] = False


class CartLine(Shown):
    """One good in the cart, and where it was put in."""

    line_id: Annotated[str, eg(LINE, "Of a line of the cart.")]
    sku: Sku
    quantity: Annotated[int, eg(1, "Base units.")]
    method: Method
    fulfilment_location_id: LocationId | None
    origin: Annotated[str | None, kinds(cart_pb2.CartOrigin, "APP", "Where it was put in.")]
    staff_code: Annotated[StaffCode | None, eg(None, "The staff member who put it in.")]
    add_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was put in first.")]
    priced: Annotated[OrderLine | None, eg(None, "What it comes to; null: see the problems.")]


class CartProblem(Shown):
    """Something that stands in the way of ordering, or should be seen before: listed, not refused."""

    kind: Annotated[str | None, kinds(cart_pb2.CartProblemKind, "INSUFFICIENT_STOCK", "What is wrong.")]
    line_id: Annotated[str | None, eg(LINE, "Null: the whole cart.")]
    sku: Annotated[Sku | None, eg("COAT-CAMEL-M")]
    code: Annotated[str | None, eg(None, "The promotion code that gives nothing.")]
    reason: Annotated[str | None, eg(None, "A reason of the errors' list, or the engine's word.")]
    available_quantity: Annotated[int | None, eg(1, "How much there is; null where the shopper may not know.")]
    old_price: Annotated[Money | None, eg(None, "Of one unit, when it was put in or last accepted.")]
    new_price: Annotated[Money | None, eg(None, "Of one unit, now.")]
    limit_id: Annotated[str | None, eg(None, "The purchase limit.")]
    allowed_quantity: Annotated[int | None, eg(None, "How much a limit allows.")]
    blocks: Annotated[bool, eg(True, "An order of the cart would be refused.")]


class CartLock(Shown):
    """Who works on the cart, and until when nobody else may."""

    client_id: Annotated[str, eg("till:TPE01-T1", "A till, or one of the shopper's devices.")]
    end_time: Annotated[Time | None, eg("2026-11-22T09:32:00.000Z", "Then anybody may again.")]


class Cart(Shown):
    """What somebody wants, with what it costs now and what is wrong with it."""

    cart_id: Annotated[str | None, eg(CART, "Null: the member has none yet; the first change makes one.")]
    member_id: Annotated[MemberId | None, eg(None, "Null: nobody's.")]
    state: Annotated[str | None, kinds(cart_pb2.CartState, "ACTIVE", "Only ACTIVE carts change.")]
    channel_id: ChannelId | None
    location_id: Annotated[LocationId | None, eg(None, "The store whose till works on it or made it.")]
    version: Version
    lines: Annotated[list[CartLine], eg([], "The oldest first.")]
    coupon_codes: Annotated[list[str], eg([], "Promotion codes that are tried.")]
    refused_gifts: Annotated[list[str], eg([], "Rules whose gift is not wanted.")]
    spend_points: Annotated[int, eg(0, "Points to spend.")]
    spends: Annotated[list[Used], eg([], "What else of the wallet is to be used.")]
    delivery: Annotated[ShownDelivery | None, eg(None, "How shipped lines go.")]
    totals: Annotated[Totals | None, eg(None, "Of the lines that can be priced.")]
    amount_due: Annotated[Money | None, price(12160, "What is left for a payment provider.")]
    shipping_charge: Annotated[ShippingCharge | None, eg(None, "What bringing shipped lines would cost.")]
    gifts: Annotated[list[OrderLine], eg([], "What the brand adds for nothing.")]
    problems: list[CartProblem]
    freeze: Annotated[
        str | None, kinds(cart_pb2.CartFreeze, "SOFT", "What of its price stands still; null: nothing does.")
    ]
    freeze_end_time: Annotated[Time | None, eg(None, "Until when.")]
    lock: Annotated[CartLock | None, eg(None, "Who works on it.")]
    order_id: Annotated[str | None, eg(None, "The order or sale that is being, or was, made of it.")]
    merged_into_cart_id: Annotated[str | None, eg(None, "Where its lines went.")]
    update_time: Time | None
    stock_unknown: Annotated[bool, eg(False, "Stock was not looked at: its owner did not answer.")]


class CartAnswer(Shown):
    """One cart."""

    cart: Cart


class MadeCart(CartAnswer):
    """A cart that was made, and what opens it."""

    cart_token: Annotated[str | None, eg(_OPENS, "Opens it: told this once, kept by nobody. Null: the member's own.")]


class CartCode(Shown):
    """A code to be scanned, once."""

    code: Annotated[str, eg("OMOC1.Tzwr", "To be shown as a QR code.")]
    expire_time: Annotated[Time | None, eg("2026-11-22T09:32:00.000Z", "Two minutes from when it was made.")]


class LetGo(Asked):
    """Who lets go."""

    client_id: ClientId = ""


class LockCart(Asked):
    """For how long."""

    client_id: ClientId = ""
    seconds: Annotated[Whole, Field(ge=0, le=900), eg(120, "5 to 900; 0: 120.")] = 0


class TakeCart(Asked):
    """A code that was scanned."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=128), eg("OMOC1.Tzwr", "What it says.")]
    mode: Annotated[
        Literal["MERGE_WITH_EXISTING_CUSTOMER_CART", "USE_AS_NEW_ACTIVE_CUSTOMER_CART"],
        eg("MERGE_WITH_EXISTING_CUSTOMER_CART", "Of a good in both carts the greater quantity stays, or the new one."),
    ] = "MERGE_WITH_EXISTING_CUSTOMER_CART"
    client_id: ClientId = ""
