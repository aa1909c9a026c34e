"""What a till asks about carts: taken over from a phone, put together for one, and sold."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from gateway.storelink.purse import Purse
from omo.order.v1 import cart_service_pb2 as carts
from omo.order.v1 import cart_service_pb2_grpc as carts_rpc
from omo.storelink.v1 import till_service_pb2 as pb


class TillCarts(Purse):
    """As the staff member where one is signed in: lines that are put in name her."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution: Any) -> None:
        super().__init__(callers, member, order_, inventory, attribution)
        self._held = carts_rpc.CartServiceStub(order_)

    async def TakeCart(self, request: pb.TakeCartRequest, context: Any) -> pb.TakeCartResponse:
        """By the code on the shopper's phone."""
        with asking(await self._callers.staff(context)):
            asked = carts.TakeCartRequest(request_id=request.request_id, code=request.code)
            taken = await self._held.TakeCart(asked)
        return pb.TakeCartResponse(cart=taken.cart)

    async def ChangeCart(self, request: pb.ChangeCartRequest, context: Any) -> pb.ChangeCartResponse:
        """What this terminal holds, or a new one."""
        asked = carts.ChangeCartRequest(
            request_id=request.request_id,
            cart_id=request.cart_id,
            version=request.version,
            new_channel_id=request.channel_id,
            quantities=request.quantities,
            methods=request.methods,
            adds=request.adds,
        )
        with asking(await self._callers.staff(context)):
            changed = await self._held.ChangeCart(asked)
        return pb.ChangeCartResponse(cart=changed.cart)

    async def ShowCartCode(self, request: pb.ShowCartCodeRequest, context: Any) -> pb.ShowCartCodeResponse:
        """For the shopper's phone."""
        with asking(await self._callers.staff(context)):
            shown = await self._held.ShowCartCode(carts.ShowCartCodeRequest(cart_id=request.cart_id))
        return pb.ShowCartCodeResponse(code=shown.code, expire_time=shown.expire_time)

    async def SettleCart(self, request: pb.SettleCartRequest, context: Any) -> pb.SettleCartResponse:
        """Beside the sale, which goes its own way."""
        asked = carts.SettleCartRequest(
            request_id=request.request_id, cart_id=request.cart_id, sale_id=request.sale_id, sold=request.sold
        )
        with asking(await self._callers.staff(context)):
            settled = await self._held.SettleCart(asked)
        return pb.SettleCartResponse(cart=settled.cart)

    async def UnlockCart(self, request: pb.UnlockCartRequest, context: Any) -> pb.UnlockCartResponse:
        """Unsold."""
        with asking(await self._callers.staff(context)):
            asked = carts.UnlockCartRequest(request_id=request.request_id, cart_id=request.cart_id)
            freed = await self._held.UnlockCart(asked)
        return pb.UnlockCartResponse(cart=freed.cart)
