"""Stores send: picked, packed, labelled, with the carrier, there, or lost, whatever the carrier says in what order."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_events_pb2, parcel_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import returns_service_pb2 as returns_pb
from omo.order.v1 import returns_service_pb2_grpc as returns_rpc
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.payments import signing
from tests.harness.databases import Databases
from tests.service.order.rig import SECRET, eventually
from tests.service.order.shipping_rig import Sender, parcel_state, sending, states
from tests.service.order.sourcing_rig import decided, state_of


@pytest_asyncio.fixture
async def sender(databases: Databases) -> AsyncIterator[Sender]:
    async with sending(databases) as found:
        yield found


def units(line_no: int, first: int, many: int) -> Any:
    return parcel_pb2.ParcelUnits(line_no=line_no, first_unit=first, quantity=many)


async def _handed(sender: Sender) -> list[Any]:
    return await sender.sourcing.store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)


async def test_a_store_sends_and_the_shopper_follows_it(sender: Sender) -> None:
    task = await sender.picked(("COAT", 1), ("SCARF", 2))
    packed = await sender.packed(task, pb.ParcelToPack(weight_grams=1250, service="express"))
    (parcel,) = packed.parcels
    assert (states(packed), parcel.carrier, parcel.service) == (("PACKED", ["BOOKED"]), "simulator", "express")
    assert [(one.line_no, one.first_unit, one.quantity) for one in parcel.units] == [(1, 0, 1), (2, 0, 2)]
    label = await sender.do("GetLabel", request_id=None, parcel_id=parcel.parcel_id)
    assert (label.pdf[:5], label.tracking_no) == (b"%PDF-", parcel.tracking_no)
    assert sender.rig.world.sending.opened == ["label", "label"], "once for the carrier, once for the printer"
    kept = await sender.rig.rows("SELECT row_to_json(parcels)::text FROM parcels")
    assert "松高路" not in str([tuple(row) for row in kept]), "nobody keeps an address here"
    assert await _handed(sender) == [], "it is still here"

    shipped = (await sender.do("ShipFulfilment", fulfilment_id=task.fulfilment_id)).fulfilment
    assert states(shipped) == ("SHIPPED", ["SHIPPED"])
    await sender.sourcing.store.captured(task.fulfilment_id, 3000 + 2 * 990)
    (handed,) = await _handed(sender)
    assert [(one.sku, one.quantity) for one in handed.lines] == [("COAT", 1), ("SCARF", 2)]
    await sender.scan(parcel, "IN_TRANSIT", place="桃園轉運")
    await sender.scan(parcel, "DELIVERED")
    mine = await sender.rig.call(sender.rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=task.order_id))
    (shown,) = mine.order.fulfilments
    assert states(shown) == ("DELIVERED", ["DELIVERED"])
    assert (shown.parcels[0].told, shown.parcels[0].tracking_url[:4]) == ("DELIVERED", "http")
    told = await sender.sourcing.store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged)
    assert [state_of(one.fulfilment) for one in told] == [
        "PLACED", "ACCEPTED", "PICKING", "PACKED", "PACKED", "SHIPPED", "SHIPPED", "DELIVERED",
    ]  # fmt: skip
    assert len(await _handed(sender)) == 1
    await sender.rig.settled()


async def test_carriers_words_count_once_in_the_order_in_which_they_were_spoken(sender: Sender) -> None:
    task = await sender.packed(await sender.picked(("COAT", 1)))
    (parcel,) = task.parcels
    await sender.scan(parcel, "DELIVERED", time="2026-03-02T10:00:00+00:00")
    await sender.scan(parcel, "PICKED_UP", time="2026-03-01T10:00:00+00:00")
    await sender.scan(parcel, "LOST", time="2026-03-01T11:00:00+00:00")
    found = await sender.task(task.order_id)
    assert (states(found), found.parcels[0].told) == (("DELIVERED", ["DELIVERED"]), "DELIVERED"), "late words are older"
    version, many = found.version, len(sender.heard)
    await sender.scan(parcel, again=True)

    async def told_again() -> bool:
        return len(sender.heard) == many + 3

    await eventually(told_again)
    assert (await sender.task(task.order_id)).version == version
    assert len(await sender.rig.rows("SELECT FROM parcel_news")) == 3
    assert len(await _handed(sender)) == 1
    await sender.rig.settled()


@pytest.mark.parametrize("spoil", ["signature", "body", "parcel"])
async def test_words_that_nobody_signed_are_refused(sender: Sender, spoil: str) -> None:
    task = await sender.packed(await sender.picked(("COAT", 1)))
    await sender.scan(task.parcels[0], "PICKED_UP")
    body, headers = sender.heard[-1]
    if spoil == "body":
        body = body.replace(b"PICKED_UP", b"DELIVERED")
    elif spoil == "signature":
        headers = headers | {"omo-signature": "t=1,v1=00"}
    else:
        body = json.dumps(json.loads(body) | {"key": "0199a5c2-7b11-7f3c-8a55-5d0e9c1b7a42"}).encode()
        headers = headers | {"omo-signature": _signed(body)}
    told = pb.RecordTrackingRequest(carrier="simulator", body=body, headers=headers)
    fault = await sender.rig.fault(sender.rig.call(sender.stub.RecordTracking, told, ""))
    assert fault.reason == ("NOT_FOUND" if spoil == "parcel" else "SIGNATURE_INVALID")
    assert states(await sender.task(task.order_id)) == ("SHIPPED", ["SHIPPED"])


def _signed(body: bytes) -> str:
    return signing.sign(body, SECRET, int(time.time()))


@pytest.mark.parametrize("word", ["LOST", "RETURNED"])
async def test_a_parcel_that_never_comes_asks_for_somebody(sender: Sender, word: str) -> None:
    task = await sender.picked(("SCARF", 3))
    parcels = [pb.ParcelToPack(units=[units(1, 0, 1)]), pb.ParcelToPack(units=[units(1, 1, 2)])]
    task = await sender.packed(task, *parcels)
    first, second = task.parcels
    await sender.scan(first, "PICKED_UP")
    assert states(await sender.task(task.order_id)) == ("SHIPPED", ["SHIPPED", "SHIPPED"]), "they go together"
    await sender.scan(first, word)
    order = await sender.rig.get(task.order_id)
    assert (state_of(order.fulfilments[0]), list(order.attention)) == ("SHIPPED", [f"PARCEL_{word}"])
    await sender.scan(second, "DELIVERED")
    order = await sender.rig.get(task.order_id)
    assert (states(order.fulfilments[0]), order.fulfilments[0].reason) == (
        ("UNDELIVERED", [word, "DELIVERED"]), f"PARCEL_{word}",
    )  # fmt: skip
    assert list(order.attention) == [f"PARCEL_{word}"]
    if word == "RETURNED":
        back = returns_pb.ReturnedUnits(line_no=1, quantity=1, first_unit=0)
        given = {"order_id": task.order_id, "location_id": "TPE01", "received": True, "units": [back]}
        stub = returns_rpc.ReturnServiceStub(sender.rig.channel)
        await sender.do("OpenReturn", sender.rig.hq(), stub, returns_pb, reason="RETURNED", **given)
        assert list((await sender.rig.get(task.order_id)).attention) == [], "somebody saw to it"
    if word == "LOST":
        await sender.scan(first, "DELIVERED")
        order = await sender.rig.get(task.order_id)
        assert (state_of(order.fulfilments[0]), list(order.attention)) == ("DELIVERED", []), "it was found"
    await sender.rig.settled()


async def test_what_a_carrier_refuses_is_booked_anew(sender: Sender) -> None:
    task = await sender.packed(await sender.picked(("COAT", 1), address="查無此址"), until="REFUSED")
    (parcel,) = task.parcels
    assert parcel.refusal == "ADDRESS_UNKNOWN"
    for verb, more in (("GetLabel", {"request_id": None, "parcel_id": parcel.parcel_id}),
                       ("ShipFulfilment", {"fulfilment_id": task.fulfilment_id})):  # fmt: skip
        fault = await sender.rig.fault(sender.do(verb, **more))
        assert fault.reason == "LABEL_NOT_READY"
    fault = await sender.rig.fault(sender.do("BookParcel", parcel_id=parcel.parcel_id, carrier="blackcat"))
    assert (fault.reason, fault.metadata["carriers"]) == ("UNKNOWN_CARRIER", "simulator")
    addresses = sender.rig.world.sending.addresses
    addresses.update(dict.fromkeys(addresses, "220 新北市板橋區縣民大道 1 號"))
    await sender.do("BookParcel", parcel_id=parcel.parcel_id)

    async def booked() -> bool:
        found = await sender.task(task.order_id)
        return states(found) == ("PACKED", ["BOOKED"]) and not found.parcels[0].refusal

    await eventually(booked)
    await sender.rig.settled()


async def test_who_was_forgotten_has_no_address(sender: Sender) -> None:
    picked = await sender.picked(("COAT", 1))
    sender.rig.world.sending.addresses.clear()
    task = await sender.packed(picked, until="REFUSED")
    assert task.parcels[0].refusal == "ADDRESS_MISSING"


async def test_a_cancelled_order_calls_its_carrier_off(sender: Sender) -> None:
    task = await sender.packed(await sender.picked(("COAT", 1)))
    await sender.rig.call(
        sender.rig.orders.CancelOrder,
        orders_pb.CancelOrderRequest(request_id="c1", order_id=task.order_id, reason="CHANGED_MIND"),
    )
    assert states(await sender.task(task.order_id)) == ("CANCELLED", ["CANCELLED"])

    async def called_off() -> bool:
        return not await sender.rig.rows("SELECT FROM timers WHERE kind = 'shipping.call_off'")

    await eventually(called_off)
    await sender.scan(task.parcels[0], "PICKED_UP")
    assert states(await sender.task(task.order_id)) == ("CANCELLED", ["CANCELLED"]), (
        "it is known, and brings nothing back"
    )
    assert await _handed(sender) == []
    assert await sender.rig.proofs() == {}


@pytest.mark.parametrize(
    ("parcels", "field"),
    [
        pytest.param([[(1, 0, 1)]], "parcels", id="not all"),
        pytest.param([[(1, 0, 3)], []], "parcels", id="an empty one"),
        pytest.param([[(1, 0, 2)], [(1, 1, 2)]], "parcels[1].units[0]", id="one twice"),
        pytest.param([[(1, 0, 4)]], "parcels[0].units[0]", id="more than there are"),
        pytest.param([[(2, 0, 3)]], "parcels[0].units[0]", id="of no line"),
    ],
)
async def test_parcels_hold_each_unit_once(sender: Sender, parcels: list[list[Any]], field: str) -> None:
    task = await sender.picked(("SCARF", 3))
    wanted = [pb.ParcelToPack(units=[units(*one) for one in parcel]) for parcel in parcels]
    fault = await sender.rig.fault(sender.do("PackFulfilment", fulfilment_id=task.fulfilment_id, parcels=wanted))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)


async def test_sourcing_takes_nothing_that_is_packed(sender: Sender) -> None:
    task = await sender.packed(await sender.picked(("SCARF", 2)))
    await sender.sourcing.hear(decided(task.order_id, 3, (1, "WH1", 2, "d2")))
    found = await sender.rig.get(task.order_id)
    assert [state_of(one) for one in found.fulfilments] == ["PACKED"]
    assert parcel_state(found.fulfilments[0].parcels[0]) == "BOOKED"
