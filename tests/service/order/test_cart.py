"""One cart over app, web, LINE and till: changed, merged, handed over, priced, and ordered once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import cart_service_pb2_grpc as rpc
from omo.order.v1 import order_service_pb2 as order_pb
from omo.type.v1 import money_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import COLLECT, MEMBER, OTHER, SHIP
from tests.service.order.rig import Rig

PAY = order_pb.PaymentChoice(provider="simulator", instrument_token="sim_ok", return_url="")
APP, LINE, TILL = cart_pb2.CART_ORIGIN_APP, cart_pb2.CART_ORIGIN_LINE, cart_pb2.CART_ORIGIN_TILL


class Carts:
    """The cart service as its users call it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.stub = rpc.CartServiceStub(rig.channel)

    async def ask(self, name: str, request: Any, token: str | None = None) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(self.stub, name), request, token)

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


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest_asyncio.fixture
async def carts(rig: Rig) -> Carts:
    return Carts(rig)


async def test_a_cart_is_filled_seen_everywhere_and_ordered_once(rig: Rig, carts: Carts) -> None:
    assert (await carts.get(channel_id="web")).cart_id == ""
    first = await carts.change(adds=[coat(), scarf(2)], origin=APP)
    assert (first.version, first.totals.grand_total.minor_units) == (1, 3000 + 2 * 990)
    more = await carts.change(adds=[scarf()], origin=LINE)
    assert [(line.sku, line.quantity, line.origin) for line in more.lines] == [("COAT", 1, APP), ("SCARF", 3, APP)]
    less = await carts.change(quantities=[pb.SetCartQuantity(line_id=more.lines[0].line_id)])
    assert [line.sku for line in less.lines] == ["SCARF"]
    assert await carts.get() == less
    key = str(uuid.uuid4())
    orders = await asyncio.gather(*(carts.check_out(less, request_id=key) for _ in range(4)), return_exceptions=True)
    made = {order.order_id for order in orders if isinstance(order, order_pb2.Order)}
    assert len(made) == 1, orders
    again = await carts.check_out(less, request_id=key)
    assert {again.order_id} == made
    assert again.totals.grand_total.minor_units == 3 * 990
    assert (await carts.get()).cart_id == ""
    ended = await carts.get(cart_id=less.cart_id)
    assert (ended.state, ended.order_id) == (cart_pb2.CART_STATE_ORDERED, again.order_id)
    late = await rig.fault(carts.check_out(less, cart_id=less.cart_id))
    assert (late.reason, late.metadata["order_id"]) == ("CART_ENDED", again.order_id)
    await rig.settled()
