"""The cart as gRPC."""

from typing import Any

from kit.clock import Clock
from kit.requests import Request
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import cart_service_pb2_grpc as rpc
from services.order.cart import tokens, wire, wire_asked
from services.order.cart.domain_problems import Shown
from services.order.cart.usecases import Carts
from services.order.cart.usecases_checkout import CartCheckout
from services.order.cart.usecases_merge import HandOffs
from services.order.checkout import store_placing
from services.order.checkout import wire as order_wire
from services.order.checkout import wire_asked as order_asked
from services.order.checkout.contacts import ContactIds


class CartServicer(rpc.CartServiceServicer):
    """CartService: unwrap, call one use case, wrap."""

    def __init__(
        self,
        carts: Carts,
        hand_offs: HandOffs,
        checkout: CartCheckout,
        contacts: ContactIds,
        clock: Clock,
        currency: str,
    ) -> None:
        self._carts = carts
        self._hand_offs = hand_offs
        self._checkout = checkout
        self._contacts = contacts
        self._clock = clock
        self._currency = currency

    async def GetCart(self, request: pb.GetCartRequest, context: Any) -> pb.GetCartResponse:
        member_id = order_wire.identifier("member_id", request.member_id) if request.member_id else ""
        token = tokens.given(request.cart_token)
        shown = await self._carts.get(wire_asked.cart_id(request.cart_id), member_id, request.channel_id, token)
        return pb.GetCartResponse(cart=self._shown(shown))

    async def ChangeCart(self, request: pb.ChangeCartRequest, context: Any) -> pb.ChangeCartResponse:
        named, change = wire_asked.named(request), wire_asked.change(request, self._clock())
        shown = await self._carts.change(lambda: Request.of("CartService/ChangeCart", request), named, change)
        return pb.ChangeCartResponse(cart=self._shown(shown), cart_token=shown.token)

    async def MergeCart(self, request: pb.MergeCartRequest, context: Any) -> pb.MergeCartResponse:
        asked = Request.of("CartService/MergeCart", request)
        cart_id = order_wire.identifier("cart_id", request.cart_id)
        client_id = wire_asked.client_id(request.client_id)
        token, mode = tokens.given(request.cart_token), wire_asked.mode(request.mode)
        shown = await self._hand_offs.merge(asked, cart_id, mode, client_id, token)
        return pb.MergeCartResponse(cart=self._shown(shown))

    async def LockCart(self, request: pb.LockCartRequest, context: Any) -> pb.LockCartResponse:
        asked = Request.of("CartService/LockCart", request)
        client_id = wire_asked.client_id(request.client_id)
        shown = await self._carts.lock(asked, wire_asked.cart_id(request.cart_id), client_id, request.seconds)
        return pb.LockCartResponse(cart=self._shown(shown))

    async def UnlockCart(self, request: pb.UnlockCartRequest, context: Any) -> pb.UnlockCartResponse:
        asked = Request.of("CartService/UnlockCart", request)
        client_id = wire_asked.client_id(request.client_id)
        shown = await self._carts.unlock(asked, wire_asked.cart_id(request.cart_id), client_id)
        return pb.UnlockCartResponse(cart=self._shown(shown))

    async def FreezeCart(self, request: pb.FreezeCartRequest, context: Any) -> pb.FreezeCartResponse:
        asked = Request.of("CartService/FreezeCart", request)
        shown = await self._carts.freeze(asked, wire_asked.named(request), wire_asked.freeze(request.freeze))
        return pb.FreezeCartResponse(cart=self._shown(shown))

    async def CheckOutCart(self, request: pb.CheckOutCartRequest, context: Any) -> pb.CheckOutCartResponse:
        # under the name of the order's own request: it is the saga that answers it
        asked = Request.of(store_placing.PLACE_ORDER, request)
        contact_id = await self._contacts.own(request.contact_id, order_asked.owner(""))
        placed = await self._checkout.place(asked, wire_asked.wish(request, contact_id, self._currency))
        return pb.CheckOutCartResponse(order=placed.order)

    async def ShowCartCode(self, request: pb.ShowCartCodeRequest, context: Any) -> pb.ShowCartCodeResponse:
        cart_id, token = wire_asked.cart_id(request.cart_id), tokens.given(request.cart_token)
        code, expire_time = await self._hand_offs.show(cart_id, token)
        return pb.ShowCartCodeResponse(code=code, expire_time=order_wire.timestamp(expire_time))

    async def TakeCart(self, request: pb.TakeCartRequest, context: Any) -> pb.TakeCartResponse:
        asked = Request.of("CartService/TakeCart", request)
        client_id = wire_asked.client_id(request.client_id)
        shown = await self._hand_offs.take(asked, request.code, wire_asked.mode(request.mode), client_id)
        return pb.TakeCartResponse(cart=self._shown(shown))

    async def SettleCart(self, request: pb.SettleCartRequest, context: Any) -> pb.SettleCartResponse:
        asked = Request.of("CartService/SettleCart", request)
        sale_id, sold = wire_asked.sold(request)
        cart_id = order_wire.identifier("cart_id", request.cart_id)
        return pb.SettleCartResponse(cart=self._shown(await self._hand_offs.settle(asked, cart_id, sale_id, sold)))

    def _shown(self, shown: Shown) -> Any:
        return wire.cart(shown, self._currency)
