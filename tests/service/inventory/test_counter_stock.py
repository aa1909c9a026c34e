"""What counters promise and sell: goods of a receipt that come from elsewhere, reservations, pickups that move."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2, sourcing_events_pb2, stock_pb2
from omo.inventory.v1 import catalogue_service_pb2 as catalogue_rpc
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.inventory.v1 import stock_service_pb2 as stock_rpc
from omo.order.v1 import order_events_pb2 as events
from omo.type.v1 import channel_pb2
from tests.harness.databases import Databases
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, new, serving
from tests.service.inventory.sourcing_rig import COLLECT, ORDER, SHIP, Sourced
from tests.service.inventory.test_sourcing_orders import refused

_HERE = {"latitude_e6": 25_033_000, "longitude_e6": 121_564_000}


@pytest_asyncio.fixture(scope="module")
async def sourced(module_databases: Databases) -> AsyncIterator[Sourced]:
    async with serving(module_databases) as inventory:
        channel = catalogue_pb2.Channel(channel_id="stores", kind=channel_pb2.CHANNEL_KIND_STORE)
        request = catalogue_rpc.PutChannelsRequest(request_id=new(), channels=[channel])
        await inventory.call(inventory.catalogue.PutChannels, request, HQ)
        yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


def sold(order_id: str, *lines: tuple[str, int, Any, str], hold_id: str = "") -> events.SalesRecorded:
    """A till's sale in TPE01: good, how many, by which way, from where."""
    message = news.sale(order_id, *((sku, many) for sku, many, _, _ in lines))
    for line, (_, _, method, place) in zip(message.lines, lines, strict=True):
        line.method, line.fulfilment_location_id = method, place
    message.hold_id, message.channel_id = hold_id or order_id, "stores"
    return news.recorded(message)


async def numbers(sourced: Sourced, sku: str, place: str) -> tuple[int, int, int]:
    level = await sourced.inventory.level(sku, place)
    return level.on_hand, level.committed, level.available


async def told(sourced: Sourced, kind: Any, order_id: str) -> list[Any]:
    """What was said of one order."""
    return [one for one in await sourced.inventory.told(kind) if one.order_id == order_id]


async def move(sourced: Sourced, order_id: str, to: str, *line_nos: int, key: str = "") -> Any:
    given = {"order_id": order_id, "from_location_id": "TPE01", "line_nos": line_nos or (1,), "to_location_id": to}
    return await sourced.call("MovePickup", ORDER, request_id=key or new(), **given)


async def test_a_receipts_goods_leave_here_and_from_the_pool_that_was_held(sourced: Sourced) -> None:
    """Held before the sale, sold, decided: the carried-out coat leaves TPE01, the shipped one the warehouse."""
    await sourced.chain({("COAT-1", "TPE01"): 1, ("COAT-1", "WH1"): 2}, TPE01={"ships": False})
    order_id = new()
    line = stock_pb2.HoldLine(line_no=2, sku="COAT-1", quantity=1, pool_id="stores")
    asked = stock_rpc.HoldRequest(request_id=order_id, lines=[line], ttl_seconds=1_800)
    await sourced.inventory.call(sourced.inventory.stock.Hold, asked, ORDER)
    assert await numbers(sourced, "COAT-1", "WH1") == (2, 0, 1)
    await sourced.hear(sold(order_id, ("COAT-1", 1, news.CARRY_OUT, "TPE01"), ("COAT-1", 1, SHIP, "")))
    assert await numbers(sourced, "COAT-1", "TPE01") == (0, 0, 0)
    assert await numbers(sourced, "COAT-1", "WH1") == (2, 1, 1)
    await sourced.fire()
    assert (await sourced.state(order_id), await sourced.places(order_id)) == ("SOURCED", {2: "WH1"})
    assert await numbers(sourced, "COAT-1", "WH1") == (2, 1, 1)
    assert await sourced.inventory.drifts() == []


async def test_a_sale_without_a_line_is_sourced_once_it_is_known_or_waits(sourced: Sourced) -> None:
    await sourced.chain({("COAT-2", "TPE01"): 1, ("COAT-2", "WH1"): 1}, TPE01={"ships": False})
    first, second = new(), new()
    plain = news.sale(new(), ("COAT-2", 1))
    await sourced.hear(
        sold(first, ("COAT-2", 1, SHIP, "")), sold(second, ("COAT-2", 1, SHIP, "")), news.recorded(plain)
    )
    await sourced.fire()
    assert sorted([await sourced.state(first), await sourced.state(second)]) == ["SOURCED", "UNPLACED"]
    with pytest.raises(Fault) as nothing:
        await sourced.state(plain.order_id)
    assert nothing.value.reason == "NOT_FOUND", "what is carried out is no business of sourcing"
    assert await numbers(sourced, "COAT-2", "WH1") == (1, 1, 0)
    assert await sourced.inventory.drifts() == []


async def test_what_is_collected_elsewhere_is_promised_there(sourced: Sourced) -> None:
    await sourced.chain({("HAT-3", "TPE02"): 1})
    order_id = new()
    await sourced.hear(sold(order_id, ("HAT-3", 1, COLLECT, "TPE02")))
    assert await numbers(sourced, "HAT-3", "TPE02") == (1, 1, 0)
    assert await sourced.places(order_id) == {1: "TPE02"}
    await sourced.hear(news.handed_over(order_id, ("HAT-3", 1), place="TPE02"))
    assert await numbers(sourced, "HAT-3", "TPE02") == (0, 0, 0)
    assert await sourced.inventory.drifts() == []


async def test_a_reservation_ends_with_the_sale_that_names_it(sourced: Sourced) -> None:
    """Two were held, one is bought: it leaves, the other is free, and nothing was ever short."""
    await sourced.chain({("COAT-4", "TPE01"): 2})
    tryout_id, order_id = new(), new()
    line = stock_pb2.HoldLine(line_no=1, sku="COAT-4", quantity=2, location_id="TPE01")
    asked = stock_rpc.HoldRequest(request_id=tryout_id, order_id=tryout_id, member_id="m1", lines=[line])
    await sourced.inventory.call(sourced.inventory.stock.Hold, asked, ORDER)
    assert await numbers(sourced, "COAT-4", "TPE01") == (2, 0, 0)
    word = sold(order_id, ("COAT-4", 1, news.CARRY_OUT, "TPE01"), hold_id=tryout_id)
    await sourced.hear(word)
    await sourced.hear(word)
    assert await numbers(sourced, "COAT-4", "TPE01") == (1, 0, 1)
    short = await sourced.inventory.call(sourced.inventory.stock.ListShortfalls, stock_rpc.ListShortfallsRequest(), HQ)
    assert [one for one in short.shortfalls if one.sku == "COAT-4"] == []
    # whatever comes first: the sale of a hold that is asked for late leaves nothing held
    late = new()
    await sourced.hear(sold(new(), ("COAT-4", 1, news.CARRY_OUT, "TPE01"), hold_id=late))
    asked = stock_rpc.HoldRequest(request_id=late, order_id=late, member_id="m1", lines=[line])
    with pytest.raises(Fault) as ended:
        await sourced.inventory.call(sourced.inventory.stock.Hold, asked, ORDER)
    assert ended.value.reason == "HOLD_ENDED"
    assert await sourced.inventory.drifts() == []


async def test_a_pickup_moves_to_where_its_shopper_wants_it_once(sourced: Sourced) -> None:
    await sourced.chain({("COAT-5", "TPE01"): 2, ("COAT-5", "TPE02"): 2})
    order_id = await sourced.order(("COAT-5", 2, "TPE01"))
    key = new()
    for _ in range(2):
        await move(sourced, order_id, "TPE02", key=key)
    assert await numbers(sourced, "COAT-5", "TPE01") == (2, 0, 2)
    assert await numbers(sourced, "COAT-5", "TPE02") == (2, 2, 0)
    assert await sourced.places(order_id) == {1: "TPE02"}
    # the old store's no comes late: it asks nobody
    await sourced.hear(refused(order_id, "TPE01", line_no=1))
    await sourced.fire()
    assert await told(sourced, sourcing_events_pb2.PickupRejected, order_id) == []
    await sourced.hear(news.handed_over(order_id, ("COAT-5", 2), place="TPE02"))
    assert await numbers(sourced, "COAT-5", "TPE02") == (0, 0, 0)
    assert await sourced.inventory.drifts() == []


async def test_of_two_who_want_the_last_one_there_one_keeps_his_promise_here(sourced: Sourced) -> None:
    await sourced.chain({("COAT-6", "TPE01"): 2, ("COAT-6", "TPE02"): 1})
    ids = [await sourced.order(("COAT-6", 1, "TPE01")) for _ in range(2)]
    given = await asyncio.gather(*(move(sourced, one, "TPE02") for one in ids), return_exceptions=True)
    assert [one.reason for one in given if isinstance(one, Fault)] == ["OUT_OF_STOCK"]
    assert await numbers(sourced, "COAT-6", "TPE02") == (1, 1, 0)
    assert await numbers(sourced, "COAT-6", "TPE01") == (2, 1, 1)
    assert await sourced.inventory.drifts() == []


async def test_a_pickup_that_is_shipped_now_is_sourced_at_once(sourced: Sourced) -> None:
    await sourced.chain({("COAT-7", "TPE01"): 1, ("COAT-7", "WH1"): 1, ("HAT-7", "TPE01"): 1}, TPE01={"ships": False})
    order_id = await sourced.order(("COAT-7", 1, "TPE01"), ("HAT-7", 1, "TPE01"))
    await sourced.hear(refused(order_id, "TPE01", line_no=1))
    await sourced.fire()
    await move(sourced, order_id, "")
    found = (await sourced.call("GetSourcing", order_id=order_id)).sourcing
    assert list(found.pickup_rejected_line_nos) == []
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "WH1", 2: "TPE01"}
    assert await numbers(sourced, "COAT-7", "WH1") == (1, 1, 0)
    (word,) = await told(sourced, sourcing_events_pb2.SourcingDecided, order_id)
    assert {(one.line_no, one.location_id) for one in word.assignments} == {(1, "WH1"), (2, "TPE01")}
    assert await sourced.inventory.drifts() == []


async def test_stores_that_have_all_come_first_then_most_then_the_nearest(sourced: Sourced) -> None:
    near, far = dict(_HERE), {"latitude_e6": 22_628_000, "longitude_e6": 120_302_000}
    stock = {("COAT-8", one): 1 for one in ("TPE01", "ALL-FAR", "ONE-NEAR", "ONE-FAR", "SHUT")}
    both = {("HAT-8", one): 1 for one in ("TPE01", "ALL-FAR", "SHUT")}
    places = {one: {"pickup": one != "SHUT", "ships": one == "ALL-FAR",
                    "position": catalogue_pb2.GeoPoint(**(near if "NEAR" in one or one == "TPE01" else far))}
              for one in ("TPE01", "ALL-FAR", "ONE-NEAR", "ONE-FAR", "SHUT")}  # fmt: skip
    await sourced.chain(stock | both, **places)
    order_id = await sourced.order(("COAT-8", 1, "TPE01"), ("HAT-8", 1, "TPE01"))
    asked = {"order_id": order_id, "location_id": "TPE01", "line_nos": [1, 2]}
    found = await sourced.call("ListPickupPlaces", ORDER, **asked)
    assert [(one.location_id, list(one.line_nos)) for one in found.places] == [
        ("ALL-FAR", [1, 2]), ("ONE-NEAR", [1]), ("ONE-FAR", [1]),
    ]  # fmt: skip
    assert (found.places[1].distance, found.places[2].distance // 1_000, found.can_ship) == (0, 296, True)
    for somebody in ({"audience": "hq", "sub": "h", "roles": ["admin"]}, {"audience": "shop", "sub": "m1"}):
        with pytest.raises(Fault) as no:
            await sourced.call("ListPickupPlaces", somebody, **asked)
        assert no.value.reason == "PERMISSION_DENIED"
