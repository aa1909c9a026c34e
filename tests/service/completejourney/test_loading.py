"""What headquarters is asked to load: everything once, within the limits of a call, the same when repeated."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from cli.completejourney import loading
from cli.completejourney.headquarters import Headquarters
from cli.completejourney.source import Source, Weeks
from cli.stack.trouble import Trouble
from omo.inventory.v1 import catalogue_service_pb2 as catalogue
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.member.v1 import identity_service_pb2 as identity
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc

TWO_WEEKS = Weeks(1, 2)
SERVICES = ("member", "order", "inventory", "attribution")


class Desk(catalogue_rpc.CatalogueServiceServicer, identity_rpc.IdentityServiceServicer):
    """Writes down what it is asked, by request id."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.calls = 0
        self.price_lists_at_once = 0

    def _note(self, request: Any, context: Any) -> None:
        assert dict(context.invocation_metadata())["authorization"] == "Bearer hq-token"
        known = self.asked.setdefault(request.request_id, request)
        assert known == request
        self.calls += 1

    async def PutChannels(self, request: Any, context: Any) -> catalogue.PutChannelsResponse:
        self._note(request, context)
        return catalogue.PutChannelsResponse()

    async def PutLocations(self, request: Any, context: Any) -> catalogue.PutLocationsResponse:
        self._note(request, context)
        return catalogue.PutLocationsResponse()

    async def PutProducts(self, request: Any, context: Any) -> catalogue.PutProductsResponse:
        self._note(request, context)
        return catalogue.PutProductsResponse()

    async def PutPriceList(self, request: Any, context: Any) -> catalogue.PutPriceListResponse:
        self.price_lists_at_once += 1
        assert self.price_lists_at_once == 1
        self._note(request, context)
        self.price_lists_at_once -= 1
        return catalogue.PutPriceListResponse()

    async def ImportMembers(self, request: Any, context: Any) -> identity.ImportMembersResponse:
        self._note(request, context)
        return identity.ImportMembersResponse(created=len(request.members))

    def of(self, kind: type[Any]) -> list[Any]:
        return [request for request in self.asked.values() if isinstance(request, kind)]


def new_desk() -> Desk:
    """The generated base classes are abstract to the type checker for the verbs that nobody calls here."""
    make: Any = Desk
    desk: Desk = make()
    return desk


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    try:
        opened = Source.open()
    except Trouble as missing:
        pytest.skip(str(missing))
    with opened:
        yield opened


async def load(source: Source, desk: Desk) -> loading.Loaded:
    server = grpc.aio.server()
    catalogue_rpc.add_CatalogueServiceServicer_to_server(desk, server)
    identity_rpc.add_IdentityServiceServicer_to_server(desk, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            hq = Headquarters.over(dict.fromkeys(SERVICES, channel), "hq-token")
            return await loading.load(source, TWO_WEEKS, hq)
    finally:
        await server.stop(None)


async def test_all_masters_are_named_once_and_a_repetition_is_the_same_requests(source: Source) -> None:
    desk = new_desk()
    loaded = await load(source, desk)
    assert loaded == loading.Loaded(stores=142, products=12_749, members=1_390, new_members=1_390)
    products = [product for request in desk.of(catalogue.PutProductsRequest) for product in request.products]
    assert len({product.product_id for product in products}) == len(products) == 12_749
    members = [member for request in desk.of(identity.ImportMembersRequest) for member in request.members]
    assert len({member.member_id for member in members}) == len({m.identifiers[0].value for m in members}) == 1_390
    distinct, calls = len(desk.asked), desk.calls
    assert distinct == calls
    await load(source, desk)
    assert (len(desk.asked), desk.calls) == (distinct, 2 * calls)


async def test_no_call_holds_more_than_its_contract_allows(source: Source) -> None:
    desk = new_desk()
    await load(source, desk)
    assert max(len(request.products) for request in desk.of(catalogue.PutProductsRequest)) == 200
    assert max(len(request.price_list.prices) for request in desk.of(catalogue.PutPriceListRequest)) == 1_000
    assert max(len(request.members) for request in desk.of(identity.ImportMembersRequest)) == 1_000
    assert all(price.amount > 0 for r in desk.of(catalogue.PutPriceListRequest) for price in r.price_list.prices)
