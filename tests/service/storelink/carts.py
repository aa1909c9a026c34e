"""Order's carts as the store door asks them: they say what reached them."""

from typing import Any

from kit import access
from omo.order.v1 import cart_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import cart_service_pb2_grpc as rpc
from tests.service.storelink.owners import Fulfilment


class Carts(rpc.CartServiceServicer):
    def __init__(self, others: Fulfilment) -> None:
        self._asked = others.asked

    async def TakeCart(self, request: Any, context: Any) -> pb.TakeCartResponse:
        self._asked.append((access.current(), request))
        return pb.TakeCartResponse(cart=cart_pb2.Cart(cart_id="c1", version=1))

    async def ChangeCart(self, request: Any, context: Any) -> pb.ChangeCartResponse:
        self._asked.append((access.current(), request))
        return pb.ChangeCartResponse(cart=cart_pb2.Cart(cart_id=request.cart_id, version=request.version + 1))

    async def ShowCartCode(self, request: Any, context: Any) -> pb.ShowCartCodeResponse:
        self._asked.append((access.current(), request))
        return pb.ShowCartCodeResponse(code=f"code of {request.cart_id}")

    async def SettleCart(self, request: Any, context: Any) -> pb.SettleCartResponse:
        self._asked.append((access.current(), request))
        return pb.SettleCartResponse(cart=cart_pb2.Cart(cart_id=request.cart_id, order_id=request.sale_id))

    async def UnlockCart(self, request: Any, context: Any) -> pb.UnlockCartResponse:
        self._asked.append((access.current(), request))
        return pb.UnlockCartResponse(cart=cart_pb2.Cart(cart_id=request.cart_id))
