"""How shipped goods go: what the shopper chose is kept, told as far as choosing a sender needs, refused by field."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from kit.settings import SettingsRefused, read
from omo.order.v1 import order_events_pb2, order_pb2
from services.order.checkout import domain_delivery
from services.order.checkout.domain_delivery import Delivery
from services.order.settings import Settings
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import SHIP, Rig, line


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def shipped() -> list[Any]:
    return [line(method=SHIP, fulfilment_location_id="")]


def moment(**ahead: float) -> Timestamp:
    found = Timestamp()
    found.FromDatetime((datetime.now(UTC) + timedelta(**ahead)).replace(microsecond=0))
    return found


async def told(rig: Rig) -> Any:
    (event,) = await Store(rig).events("OrderConfirmed", order_events_pb2.OrderConfirmed)
    return event.facts


async def test_how_goods_go_is_kept_and_told_coarsely(rig: Rig) -> None:
    where = order_pb2.Destination(
        country_code="TW", postal_code="110-05", latitude_e6=25_033_964, longitude_e6=121_564_468
    )  # fmt: skip
    wish = order_pb2.Delivery(shipping_method="express", promise_time=moment(days=2), destination=where)
    order = await rig.place(lines=shipped(), delivery=wish)
    rough = order_pb2.Destination(
        country_code="TW", postal_code="110", latitude_e6=25_030_000, longitude_e6=121_560_000
    )  # fmt: skip
    kept = order_pb2.Delivery(shipping_method="express", promise_time=wish.promise_time, destination=rough)
    assert order.delivery == kept
    assert (await rig.get(order.order_id)).delivery == kept
    facts = await told(rig)
    assert (facts.shipping.shipping_method, facts.shipping.priority, facts.shipping.expedited) == ("express", 10, True)
    assert (facts.shipping.promise_time, facts.shipping.destination) == (wish.promise_time, rough)
    assert [each.fulfilment_location_id for each in facts.lines] == [""]
    await rig.settled()


async def test_what_nobody_said_goes_the_ordinary_way(rig: Rig) -> None:
    await rig.place(lines=shipped())
    facts = await told(rig)
    assert (facts.shipping.shipping_method, facts.shipping.priority, facts.shipping.expedited) == ("standard", 0, False)
    assert not facts.shipping.HasField("destination")
    assert not facts.shipping.HasField("promise_time")


async def test_what_is_collected_goes_nowhere(rig: Rig) -> None:
    order = await rig.place(delivery=order_pb2.Delivery(shipping_method="express"))
    assert not order.HasField("delivery")
    assert not (await told(rig)).HasField("shipping")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("shipping_method", {"shipping_method": "By Drone!"}),
        ("shipping_method", {"shipping_method": "same_day"}),
        ("promise_time", {"promise_time": moment(days=-1)}),
        ("promise_time", {"promise_time": moment(days=400)}),
        ("destination.country_code", {"destination": {"country_code": "Taiwan"}}),
        ("destination.postal_code", {"destination": {"postal_code": "信義路五段7號"}}),
        ("destination.longitude_e6", {"destination": {"latitude_e6": 25_000_000}}),
        ("destination.latitude_e6", {"destination": {"latitude_e6": 90_000_001, "longitude_e6": 0}}),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_field(rig: Rig, field: str, given: dict[str, Any]) -> None:
    fault = await rig.fault(rig.place(lines=shipped(), delivery=order_pb2.Delivery(**given)))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", f"delivery.{field}")
    assert rig.world.calls == {}


async def test_ways_to_ship_are_the_brands(rig: Rig) -> None:
    ways = {"OMO_SHIPPING_METHODS": "standard=0 same_day=20 bicycle=0"}
    rig.parts.orders._shipping = read(Settings, ways).shipping()
    await rig.place(lines=shipped(), delivery=order_pb2.Delivery(shipping_method="same_day"))
    facts = await told(rig)
    assert (facts.shipping.shipping_method, facts.shipping.priority, facts.shipping.expedited) == ("same_day", 20, True)
    fault = await rig.fault(rig.place(lines=shipped(), delivery=order_pb2.Delivery(shipping_method="express")))
    assert fault.metadata["rule"] == "must be one of bicycle, same_day, standard"


@pytest.mark.parametrize("given", ["express=10", "standard", "standard=x", "standard=-1", "standard=0 By_Drone=1", ""])
def test_ways_to_ship_that_cannot_be_meant_stop_the_process(given: str) -> None:
    with pytest.raises(SettingsRefused, match="OMO_SHIPPING_METHODS"):
        read(Settings, {"OMO_SHIPPING_METHODS": given})


@pytest.mark.parametrize(
    ("whole", "kept"), [("110", "110"), ("110-05", "110"), ("SW1A 1AA", "SW1"), ("N1 9GU", "N1"), ("", "")]
)
def test_of_a_postal_code_the_routing_prefix_is_kept(whole: str, kept: str) -> None:
    checked = domain_delivery.checked(Delivery(postal_code=whole), datetime.now(UTC), {"standard": 0})
    assert checked.postal_code == kept
