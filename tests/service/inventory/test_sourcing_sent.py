"""What a store lacks of a pickup is sent by others: its promise stands with them at once, or stays where it was."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit import faultpoints
from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2, shipment_service_pb2, shipment_service_pb2_grpc, sourcing_events_pb2
from omo.inventory.v1 import sourcing_service_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, OPERATOR, Inventory, new
from tests.service.inventory.shop import product, put, variant
from tests.service.inventory.sourcing_rig import ORDER, Sourced
from tests.service.inventory.test_legs import hear, level, moved


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))
    faultpoints.arm("")
    assert await inventory.drifts() == []


async def send(sourced: Sourced, order_id: str, *units: tuple[int, int], who: Any = ORDER, **more: Any) -> Any:
    lines = [pb.StoreUnits(line_no=number, quantity=many) for number, many in units]
    given = {"order_id": order_id, "location_id": "TPE01", "lines": lines, "reason": "NOT_IN_STOCK"} | more
    reply = await sourced.call("SendToStore", who, **given)
    return [(one.line_no, one.location_id, one.quantity) for one in reply.assignments]


async def sequence(sourced: Sourced, order_id: str, key: str) -> int:
    """Of the answer, asked for once more."""
    lines = [pb.StoreUnits(line_no=1, quantity=2)]
    given = {"order_id": order_id, "location_id": "TPE01", "lines": lines, "reason": "NOT_IN_STOCK", "request_id": key}
    return int((await sourced.call("SendToStore", ORDER, **given)).sequence)


async def committed(sourced: Sourced, *places: str) -> list[int]:
    return [(await sourced.inventory.level("COAT", place)).committed for place in places]


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as no:
        await call
    return no.value


async def test_others_send_what_the_store_lacks_and_it_is_not_asked_itself(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 1, ("COAT", "TPE03"): 9})
    order_id = await sourced.order(("COAT", 2, "TPE01"))
    key = new()
    found = await send(sourced, order_id, (1, 2), request_id=key)
    assert found == [(1, "TPE03", 2)]
    told = (await sourced.inventory.told(sourcing_events_pb2.SourcingDecided))[-1]
    assert await sequence(sourced, order_id, key) == told.meta.sequence, "the word that says the same"
    assert await send(sourced, order_id, (1, 2), request_id=key) == found, "asked again it is answered the same"
    assert await committed(sourced, "TPE01", "TPE02", "TPE03") == [0, 0, 2]
    assert (await sourced.inventory.level("COAT", "TPE01")).on_hand == 0, "as the reason says"
    told = (await sourced.inventory.told(sourcing_events_pb2.SourcingDecided))[-1]
    (one,) = told.assignments
    assert (one.line_no, one.location_id, one.quantity, one.decision_id) == (1, "TPE03", 2, told.decision_id)
    await sourced.fire()
    assert (await sourced.state(order_id), await sourced.places(order_id)) == ("SOURCED", {1: "TPE03"})
    modes = [one.mode for one in await sourced.explained(order_id)]
    assert modes == ["REJECTION", "REJECTION"], "the store's no, and who sends it instead"
    # the source's own no is looked for elsewhere, and never at the store that lacks it
    rejecting = {"order_id": order_id, "location_id": "TPE03", "line_nos": [1], "reason": "DAMAGED"}
    await sourced.call("RejectAssignment", OPERATOR, **rejecting)
    await sourced.inventory.stocked({("COAT", "TPE01"): 9})
    await sourced.fire()
    assert await sourced.state(order_id) == "UNPLACED"
    await sourced.hear(news.cancelled(order_id))
    assert await committed(sourced, "TPE01", "TPE02", "TPE03") == [0, 0, 0]


async def test_several_places_send_parts_of_it_and_other_lines_stay(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 1, ("COAT", "TPE03"): 1, ("HAT", "TPE01"): 1})
    order_id = await sourced.order(("COAT", 2, "TPE01"), ("HAT", 1, "TPE01"))
    assert sorted(await send(sourced, order_id, (1, 2))) == [(1, "TPE02", 1), (1, "TPE03", 1)]
    assert (await sourced.inventory.level("HAT", "TPE01")).committed == 1
    assert (await sourced.places(order_id))[2] == "TPE01"


async def test_a_kit_is_sent_whole_in_its_parts(sourced: Sourced) -> None:
    """By who has both parts of each, and by nobody where the parts lie apart."""
    inventory = sourced.inventory
    await sourced.chain({("COAT", "TPE01"): 2, ("BELT", "TPE01"): 4, ("COAT", "TPE02"): 9, ("BELT", "TPE03"): 9})
    parts = [catalogue_pb2.Component(sku="COAT", quantity=1), catalogue_pb2.Component(sku="BELT", quantity=2)]
    await put(inventory, product("SET", variant("SET", components=parts)))
    order_id = await sourced.order(("SET", 2, "TPE01"))
    assert (await refused(send(sourced, order_id, (1, 2)))).reason == "OUT_OF_STOCK"
    await sourced.chain({("BELT", "TPE02"): 5})
    assert await send(sourced, order_id, (1, 2)) == [(1, "TPE02", 2)]
    at = [(await inventory.level(sku, place)).committed for place in ("TPE01", "TPE02") for sku in ("COAT", "BELT")]
    assert at == [0, 0, 2, 4]
    lacking = [(await inventory.level(sku, "TPE01")).on_hand for sku in ("COAT", "BELT", "SET")]
    assert lacking == [0, 0, 0], "as the reason says of each part"


async def test_where_nobody_has_all_of_it_nothing_changes(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 1})
    order_id = await sourced.order(("COAT", 2, "TPE01"))
    before = await sourced.inventory.told(sourcing_events_pb2.SourcingDecided)
    nobody = await refused(send(sourced, order_id, (1, 2)))
    assert (nobody.reason, nobody.metadata["location_id"]) == ("OUT_OF_STOCK", "TPE01")
    assert await committed(sourced, "TPE01", "TPE02") == [2, 0]
    level = await sourced.inventory.level("COAT", "TPE01")
    assert level.on_hand == 5, "the store's own no will say what is to be said"
    assert (await sourced.places(order_id), await sourced.state(order_id)) == ({1: "TPE01"}, "PINNED")
    assert await sourced.inventory.told(sourcing_events_pb2.SourcingDecided) == before
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "TPE01"}


async def test_what_is_refused(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 9})
    order_id = await sourced.order(("COAT", 2, "TPE01"))
    for units in ([(1, 3)], [(2, 1)], [(1, 1), (1, 2)]):
        assert (await refused(send(sourced, order_id, *units))).reason == "NOT_ASSIGNED"
    for units in ([], [(1, 0)]):
        assert (await refused(send(sourced, order_id, *units))).metadata["field"] == "lines"
    assert (await refused(send(sourced, order_id, (1, 2), location_id="TPE02"))).reason == "NOT_ASSIGNED"
    assert (await refused(send(sourced, new(), (1, 1)))).reason == "NOT_FOUND"
    assert (await refused(send(sourced, order_id, (1, 2), who=HQ))).reason == "PERMISSION_DENIED"
    await sourced.hear(news.cancelled(order_id))
    assert (await refused(send(sourced, order_id, (1, 2)))).reason == "NOT_ASSIGNED"


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
async def test_an_answer_that_was_lost_is_the_same_when_asked_for_again(sourced: Sourced, point: str) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 9})
    order_id, key = await sourced.order(("COAT", 1, "TPE01")), new()
    faultpoints.arm(f"inventory.send.{point}=raise")
    await refused(send(sourced, order_id, (1, 1), request_id=key))
    faultpoints.arm("")
    assert await committed(sourced, "TPE01", "TPE02") == ([1, 0] if point == "before_commit" else [0, 1])
    assert await send(sourced, order_id, (1, 1), request_id=key) == [(1, "TPE02", 1)]
    assert await committed(sourced, "TPE01", "TPE02") == [0, 1]


@pytest.mark.parametrize("found", [False, True], ids=["waited-for", "found-meanwhile"])
async def test_it_is_the_orders_all_the_way_and_sold_to_nobody_on_arrival(sourced: Sourced, found: bool) -> None:
    """What was found in the store meanwhile and handed over leaves what arrives to everybody."""
    inventory = sourced.inventory
    await sourced.chain({("COAT", "TPE01"): 2, ("COAT", "WH1"): 9})
    order_id, leg_id = await sourced.order(("COAT", 2, "TPE01")), new()
    assert await send(sourced, order_id, (1, 2), reason="TOO_BUSY") == [(1, "WH1", 2)]
    assert (await level(inventory, "TPE01"), await level(inventory, "WH1")) == ((2, 0, 0, 2), (9, 2, 0, 7))
    await hear(inventory, moved(leg_id, order_id, 2))
    assert await level(inventory, "WH1") == (7, 0, 2, 7)
    if found:
        await hear(inventory, news.handed_over(order_id, ("COAT", 2)))
        assert await level(inventory, "TPE01") == (0, 0, 2, 0)
    await hear(inventory, moved(leg_id, order_id, 2, arrived=True))
    assert await level(inventory, "TPE01") == ((2, 0, 0, 2) if found else (4, 2, 0, 2))
    if not found:
        await hear(inventory, news.handed_over(order_id, ("COAT", 2)))
    assert (await level(inventory, "TPE01"), await level(inventory, "WH1")) == ((2, 0, 0, 2), (7, 0, 0, 7))


async def test_what_was_found_before_it_left_is_promised_in_the_store_again(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("COAT", "WH1"): 9})
    order_id = await sourced.order(("COAT", 2, "TPE01"))
    await send(sourced, order_id, (1, 2), reason="TOO_BUSY")
    (sent,) = (await sourced.call("GetSourcing", order_id=order_id)).sourcing.assignments
    asked = shipment_service_pb2.MoveShipmentRequest(
        request_id=new(), order_id=order_id, from_location_id="WH1", decision_id=sent.decision_id,
        lines=[shipment_service_pb2.ShipmentUnits(line_no=1, quantity=2)], to_location_id="TPE01", reason="FOUND",
    )  # fmt: skip
    stub = shipment_service_pb2_grpc.ShipmentServiceStub(sourced.inventory.channel)
    await sourced.inventory.call(stub.MoveShipment, asked, ORDER)
    assert await sourced.places(order_id) == {1: "TPE01"}
    assert await committed(sourced, "TPE01", "WH1") == [2, 0]
