"""A shopper's cart, and carts of nobody until somebody signs in."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.carted import (
    CartAnswer,
    CartCode,
    CartId,
    CartPath,
    CartToken,
    ChangeCart,
    ClientId,
    LetGo,
    LockCart,
    MadeCart,
    SeenVersion,
    TakeCart,
)
from gateway.http.shapes.fields import Asked, ContactId, Money, eg, price
from gateway.http.shapes.invoiced import InvoiceBuyer
from gateway.http.shapes.sold import OrderAnswer
from gateway.http.shop.orders import PaymentChoice, Payments, status_of
from kit import ids
from omo.order.v1 import cart_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Cart"])

_WEB = "web"


class MergeCart(Asked):
    """A cart of nobody that the member filled before he signed in."""

    cart_id: CartId
    mode: Annotated[
        Literal["MERGE_WITH_EXISTING_CUSTOMER_CART", "USE_AS_NEW_ACTIVE_CUSTOMER_CART"],
        eg("MERGE_WITH_EXISTING_CUSTOMER_CART", "Of a good in both carts the greater quantity stays, or the new one."),
    ] = "MERGE_WITH_EXISTING_CUSTOMER_CART"
    client_id: ClientId = ""


class FreezeCart(Asked):
    """What is to stand still."""

    version: SeenVersion = 0
    client_id: ClientId = ""
    freeze: Annotated[
        Literal["SOFT", "HARD"] | None,
        eg("SOFT", "SOFT: the price of each good. HARD: discounts, codes and delivery too. None: nothing."),
    ] = None


class CheckOutCart(Asked):
    """The cart as the shopper saw it, and how it is paid."""

    cart_id: Annotated[CartId | None, eg(None, "A guest names the cart that he filled; none: one's own.")] = None
    version: Annotated[int, Field(strict=True, ge=1), eg(3, "The version that the shopper saw.")]
    client_id: ClientId = ""
    payment: PaymentChoice | None = None
    payments: Payments = []
    contact_id: ContactId | None = None
    masked_name: Annotated[str, StringConstraints(max_length=32), eg("陳○明", "Shown in the store.")] = ""
    staff_link_token: Annotated[
        str | None, StringConstraints(max_length=2_048), eg(None, "Of the staff link that the shopper came by.")
    ] = None
    expected_total: Annotated[
        Money | None,
        price(12800, "What the shopper saw; another one is refused with both. None: as accepted."),
    ] = None
    invoice: Annotated[InvoiceBuyer | None, eg(None, "What the buyer says about his electronic invoice.")] = None


@router.get("/v1/cart", operation_id="get_cart", response_model=CartAnswer)
async def get_cart(
    ask: Asking,
    channel_id: Annotated[str, Query(max_length=64, examples=[_WEB], description="Where an empty one is.")] = _WEB,
) -> Response:
    """The member's one cart, whatever he fills it from, with its price and what is wrong with it."""
    return asking.answer(CartAnswer, await ask(ask.to.carts.GetCart, pb.GetCartRequest(channel_id=channel_id)))


@router.post("/v1/cart/changes", operation_id="change_cart", response_model=CartAnswer)
async def change_cart(body: ChangeCart, ask: Asking) -> Response:
    """Changes the member's cart, or makes it. What cannot be bought is listed in `problems`, not refused."""
    request = translation.fill(pb.ChangeCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.ChangeCart, _somewhere(request)))


@router.post("/v1/cart/merge", operation_id="merge_cart", response_model=CartAnswer)
async def merge_cart(body: MergeCart, ask: Asking, token: CartToken = "") -> Response:
    """Brings what was put into a cart of nobody before signing in; bringing it again changes nothing.

    CART_UNKNOWN: the token is not its own, it ended because nobody used it, or somebody else brought it and has it for
    his own. CART_ENDED: a guest ordered it, or it went into the cart that somebody else had. CART_FROZEN: the member's
    own cart has a price that stands still as a whole; let it move first, or use the new cart in its place.
    """
    request = translation.fill(pb.MergeCartRequest(request_id=ask.key, cart_token=token), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.MergeCart, request))


@router.post("/v1/cart/lock", operation_id="lock_cart", response_model=CartAnswer)
async def lock_cart(body: LockCart, ask: Asking) -> Response:
    """Keeps the shopper's other devices, and tills, off the cart for a while."""
    request = translation.fill(pb.LockCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.LockCart, request))


@router.post("/v1/cart/unlock", operation_id="unlock_cart", response_model=CartAnswer)
async def unlock_cart(body: LetGo, ask: Asking) -> Response:
    """Lets others at it again."""
    request = translation.fill(pb.UnlockCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.UnlockCart, request))


@router.post("/v1/cart/freeze", operation_id="freeze_cart", response_model=CartAnswer)
async def freeze_cart(body: FreezeCart, ask: Asking) -> Response:
    """Makes its price stand still for a while, or move again."""
    request = translation.fill(pb.FreezeCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.FreezeCart, request))


@router.post(
    "/v1/cart/checkout",
    operation_id="check_out_cart",
    response_model=OrderAnswer,
    status_code=status.HTTP_201_CREATED,
    responses={status.HTTP_202_ACCEPTED: {"model": OrderAnswer, "description": "PENDING_PAYMENT: see `next_action`."}},
)
async def check_out_cart(body: CheckOutCart, ask: Asking, token: CartToken = "") -> Response:
    """Orders the cart as it was seen. It is the order's from then on, and comes back if the order is undone.

    A guest (`POST /v1/guests`) orders the cart of nobody that he filled: with its `cart_id`, its token and his
    `contact_id`. Codes are members' (GUEST_REFUSED): he takes them out, or signs in and brings the cart along.
    """
    request = translation.fill(pb.CheckOutCartRequest(request_id=ask.key, cart_token=token), body)
    reply = await ask(ask.to.carts.CheckOutCart, request)
    return asking.answer(OrderAnswer, reply, status_of(reply.order))


@router.post("/v1/cart/code", operation_id="show_cart_code", response_model=CartCode)
async def show_cart_code(ask: Asking) -> Response:
    """A code for the till, which takes the cart over once, within two minutes."""
    return asking.answer(CartCode, await ask(ask.to.carts.ShowCartCode, pb.ShowCartCodeRequest()))


@router.post("/v1/cart/take", operation_id="take_cart", response_model=CartAnswer)
async def take_cart(body: TakeCart, ask: Asking) -> Response:
    """Takes over the cart that a till shows: it goes into the member's own."""
    request = translation.fill(pb.TakeCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.TakeCart, request))


@router.post("/v1/carts", operation_id="make_cart", response_model=MadeCart, status_code=status.HTTP_201_CREATED)
async def make_cart(body: ChangeCart, ask: Asking) -> Response:
    """A cart of nobody, with what is put in first. Its token is told this once: send it as `Cart-Token` from then on.

    Whoever has the token may use the cart; its id alone opens nothing. Thirty days after its last change it is gone.
    Signed in, it is the member's own cart that changes, and there is no token.
    """
    request = translation.fill(pb.ChangeCartRequest(request_id=ids.uuid7()), body)
    return asking.answer(MadeCart, await ask(ask.to.carts.ChangeCart, _somewhere(request)), status.HTTP_201_CREATED)


@router.get("/v1/carts/{cart_id}", operation_id="get_cart_by_id", response_model=CartAnswer)
async def get_cart_by_id(cart_id: CartPath, ask: Asking, token: CartToken = "") -> Response:
    """A cart of nobody, or one of the member's that is over.

    CART_UNKNOWN says the same of a cart that there is not and of a token that is wrong.
    """
    request = pb.GetCartRequest(cart_id=cart_id, cart_token=token)
    return asking.answer(CartAnswer, await ask(ask.to.carts.GetCart, request))


@router.post("/v1/carts/{cart_id}/changes", operation_id="change_cart_by_id", response_model=CartAnswer)
async def change_cart_by_id(cart_id: CartPath, body: ChangeCart, ask: Asking, token: CartToken = "") -> Response:
    """Changes a cart of nobody. What is spent is members': it is listed in `problems` until the cart is one's own."""
    request = translation.fill(pb.ChangeCartRequest(request_id=ask.key, cart_id=cart_id, cart_token=token), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.ChangeCart, request))


@router.post("/v1/carts/{cart_id}/code", operation_id="show_cart_code_by_id", response_model=CartCode)
async def show_cart_code_by_id(cart_id: CartPath, ask: Asking, token: CartToken = "") -> Response:
    """A code for the till, or for another phone; it hands the cart over once, and does not tell its token."""
    request = pb.ShowCartCodeRequest(cart_id=cart_id, cart_token=token)
    return asking.answer(CartCode, await ask(ask.to.carts.ShowCartCode, request))


def _somewhere(request: pb.ChangeCartRequest) -> pb.ChangeCartRequest:
    """Shoppers who say nothing are on the web; a cart that is there stays where it is."""
    if not request.channel_id:
        request.new_channel_id = _WEB
    return request
