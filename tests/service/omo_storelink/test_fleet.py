"""A till against the real fleet: enrols, hears the catalogue, sells, is heard in all four lanes, is revoked."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from cli.stack.databases import SERVICES
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import catalogue_service_pb2 as catalogue
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.member.v1 import access_service_pb2 as access
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.order.v1 import order_service_pb2 as order
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as questions
from omo.type.v1 import channel_pb2, quantity_pb2, trade_pb2
from omo_storelink import Basket, Door, Line, StorelinkError, Till, enrol
from tests.harness.fleet import TestFleet
from tests.service.storelink.rig import QUICK, eventually

pytestmark = pytest.mark.xdist_group("fleet")
CASH = trade_pb2.TENDER_KIND_CASH


def _id() -> str:
    return str(uuid.uuid4())


def _now() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp


def _suffix() -> str:
    return uuid.uuid4().hex[:8].upper()


@dataclass(slots=True)
class Brand:
    """Headquarters of a brand with one store and one coat, whose codes are this test's own."""

    fleet: TestFleet
    access: Any
    catalogue: Any
    token: str
    suffix: str = field(default_factory=_suffix)

    @property
    def sku(self) -> str:
        return f"COAT-{self.suffix}"

    @property
    def location_id(self) -> str:
        return f"TPE-{self.suffix}"

    async def say(self, method: Any, request: Any) -> Any:
        return await method(request, metadata=(("authorization", f"Bearer {self.token}"),), timeout=10)

    async def open(self) -> None:
        place = catalogue_pb2.Location(
            location_id=self.location_id,
            kind=catalogue_pb2.LOCATION_KIND_STORE,
            name="A store",
            time_zone="Asia/Taipei",
            active=True,
        )
        channel = catalogue_pb2.Channel(channel_id="stores", kind=channel_pb2.CHANNEL_KIND_STORE, name="Stores")
        tax = catalogue_pb2.TaxClass(tax_class="standard", rate_bp=500)
        piece = quantity_pb2.BASE_UNIT_PIECE
        variant = catalogue_pb2.Variant(sku=self.sku, tax_class="standard", base_unit=piece, scale=1, active=True)
        coat = catalogue_pb2.Product(product_id=f"P-{self.sku}", name="Coat", variants=[variant], active=True)
        stub = self.catalogue
        await self.say(stub.PutLocations, catalogue.PutLocationsRequest(request_id=_id(), locations=[place]))
        put = catalogue.PutChannelsRequest(request_id=_id(), channels=[channel], tax_classes=[tax])
        await self.say(stub.PutChannels, put)
        await self.say(stub.PutProducts, catalogue.PutProductsRequest(request_id=_id(), products=[coat]))

    async def price(self, amount: int) -> None:
        listed = catalogue_pb2.PriceList(
            price_list_id=f"list-{self.suffix}",
            currency_code="TWD",
            tax_included=True,
            location_ids=[self.location_id],
            prices=[catalogue_pb2.Price(sku=self.sku, amount=amount)],
        )
        asked = catalogue.PutPriceListRequest(request_id=_id(), price_list=listed)
        await self.say(self.catalogue.PutPriceList, asked)

    async def door(self) -> Door:
        asked = access.CreateTerminalCodeRequest(request_id=_id(), location_id=self.location_id, name="till")
        code = (await self.say(self.access.CreateTerminalCode, asked)).code
        credential = await enrol(self.fleet.door_target, code, trusted=self.fleet.door_ca)
        return Door(self.fleet.door_target, credential, trusted=self.fleet.door_ca)


@pytest_asyncio.fixture
async def brand(fleet: TestFleet) -> AsyncIterator[Brand]:
    channels = {name: grpc.aio.insecure_channel(fleet.target(name)) for name in SERVICES}
    stub = access_rpc.AccessServiceStub(channels["member"])
    secret = access.IssueServiceTokenRequest(service="operator", secret=fleet.operator_secret())
    operator = (await stub.IssueServiceToken(secret, timeout=10)).access_token
    wish = access.InviteHqUserRequest(request_id=_id(), display_name="HQ", roles=["admin", "merchandiser"])
    invited = await stub.InviteHqUser(wish, metadata=(("authorization", f"Bearer {operator}"),), timeout=10)
    redeem = access.RedeemHqInviteRequest(invite_token=invited.invite_token, device_id="test")
    session = (await stub.RedeemHqInvite(redeem, timeout=10)).session
    made = Brand(fleet, stub, catalogue_rpc.CatalogueServiceStub(channels["inventory"]), session.access_token)
    await made.open()
    yield made
    for channel in channels.values():
        await channel.close()


def _lanes(member_id: str, sku: str) -> list[Any]:
    """One fact for each lane besides the sales."""
    said: dict[str, Any] = {"business_time": _now(), "staff_code": "A102"}
    enrolled = facts.MemberEnrolledAtTill(member_id=member_id, card_no=f"C-{member_id[:8]}")
    return [
        facts.StockFact(fact_id=_id(), counted=facts.StockCounted(sku=sku, quantity=3), **said),
        facts.PeopleFact(fact_id=_id(), enrolled=enrolled, **said),
        facts.AttributionFact(fact_id=_id(), touch=facts.TouchNoted(member_id=member_id, kind="call"), **said),
    ]


@pytest.mark.timeout(240)
async def test_a_till_and_the_whole_suite(brand: Brand, tmp_path: Path) -> None:
    await brand.price(3000)
    door = await brand.door()
    async with Till(tmp_path, door, pace=QUICK) as till:
        await eventually(lambda: till.reference.prices(brand.sku), within=60)
        offer = till.pricer("stores", "TWD").offer(Basket([Line(brand.sku, 3)]))
        await till.sell(offer.sale(_id(), "A102", {CASH: offer.payable}))
        for fact in _lanes(_id(), brand.sku):
            await till.record(fact)
        await till.synced(30)
        assert till.noted() == {}
        await brand.price(2500)
        await eventually(lambda: till.reference.prices(brand.sku) == {f"list-{brand.suffix}": 2500}, within=20)
        await eventually(lambda: _agree(till, brand), within=20)
        assert (await till.questions.list_tasks()).tasks == []
        revoke = access.RevokeTerminalRequest(request_id=_id(), terminal_id=door.terminal_id, reason="lost")
        await brand.say(brand.access.RevokeTerminal, revoke)
        await eventually(lambda: not till.link.connected, within=10)


async def _agree(till: Till, brand: Brand) -> bool:
    """Order hears of a price by event too: then its quote and ours are the same."""
    line = order.BasketLine(sku=brand.sku, quantity=2, method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT)
    asked = questions.QuoteRequest(request_id=_id(), channel_id="stores", lines=[line])
    try:
        quote = (await till.questions.quote(asked)).quote
    except StorelinkError:  # it may not even have heard of the coat
        return False
    ours = till.pricer("stores", "TWD").offer(Basket([Line(brand.sku, 2)]))
    mine = (ours.payable, ours.priced.totals.tax, ours.priced.price_list_version, ours.priced.catalogue_version)
    amounts = (quote.totals.grand_total.minor_units, quote.totals.tax_total.minor_units)
    return mine == (*amounts, quote.price_list_version, quote.catalogue_version)
