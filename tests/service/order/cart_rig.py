"""The cart service as its users call it."""

import uuid
from typing import Any

from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import cart_service_pb2_grpc as rpc
from omo.order.v1 import order_service_pb2 as order_pb
from tests.service.order.brand import COLLECT, SHIP
from tests.service.order.rig import Rig

PAY = order_pb.PaymentChoice(provider="simulator", instrument_token="sim_ok", return_url="")
APP, LINE, TILL = cart_pb2.CART_ORIGIN_APP, cart_pb2.CART_ORIGIN_LINE, cart_pb2.CART_ORIGIN_TILL


class Carts:
    """The cart service as its users call it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.stub = rpc.CartServiceStub(rig.channel)
        # what the shopper's phone keeps: another phone is another object
        self.tokens: dict[str, str] = {}

    async def ask(self, name: str, request: Any, token: str | None = None) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        if "cart_token" in request.DESCRIPTOR.fields_by_name and not request.cart_token:
            request.cart_token = self.tokens.get(request.cart_id, "")
        reply = await self.rig.call(getattr(self.stub, name), request, token)
        if name == "ChangeCart" and reply.cart_token:
            self.tokens[reply.cart.cart_id] = reply.cart_token
        return reply

    async def get(self, token: str | None = None, **named: Any) -> cart_pb2.Cart:
        return (await self.ask("GetCart", pb.GetCartRequest(**named), token)).cart  # type: ignore[no-any-return]

    async def change(self, token: str | None = None, **changed: Any) -> cart_pb2.Cart:
        request = pb.ChangeCartRequest(**{"channel_id": "", **changed})
        if not request.cart_id and not request.channel_id:
            request.channel_id = "web"
        return (await self.ask("ChangeCart", request, token)).cart  # type: ignore[no-any-return]

    async def check_out(self, cart: cart_pb2.Cart, token: str | None = None, **asked: Any) -> order_pb2.Order:
        given = {"version": cart.version, "payment": PAY, **asked}
        return (await self.ask("CheckOutCart", pb.CheckOutCartRequest(**given), token)).order  # type: ignore[no-any-return]

    def till(self, terminal: str = "T1", place: str = "TPE01") -> str:
        return self.rig.issuer.token(
            "staff", "A102", roles=["adviser"], locations=[place], staff_code="A102", terminal=terminal
        )


def coat(quantity: int = 1, sku: str = "COAT") -> pb.AddToCart:
    return pb.AddToCart(sku=sku, quantity=quantity, method=COLLECT, fulfilment_location_id="TPE01")


def scarf(quantity: int = 1) -> pb.AddToCart:
    return pb.AddToCart(sku="SCARF", quantity=quantity, method=SHIP)


def kinds(cart: cart_pb2.Cart) -> list[str]:
    prefix = "CART_PROBLEM_KIND_"
    return [cart_pb2.CartProblemKind.Name(each.kind).removeprefix(prefix) for each in cart.problems]
