"""Whose holds a caller may touch: members their own, stores their goods', and an order's nobody but services."""

from typing import Any

from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.type.v1 import unit_pb2
from tests.harness.databases import Databases
from tests.service.inventory.conftest import HQ, ORDER, Inventory, device, member, new, serving
from tests.service.inventory.test_holds import refused

STAFF = {"audience": "staff", "sub": "A205", "roles": ["manager"], "locations": ["TPE02"], "staff_code": "A205"}


async def test_what_an_order_holds_is_a_services_business_alone(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = new()
    await inventory.hold([("COAT", 1)], ORDER, request_id=order_id, order_id=order_id, member_id="m1")
    for who in (member("m1"), device("TPE01"), {**HQ, "roles": ["admin"]}):
        assert (await refused(inventory.release(order_id, who))).reason == "HOLD_NOT_FOUND"
        get = pb.GetHoldRequest(hold_id=order_id)
        assert (await refused(inventory.call(inventory.stock.GetHold, get, who))).reason == "HOLD_NOT_FOUND"
        fault = await refused(inventory.hold([("COAT", 1)], who, order_id=new()))
        assert (fault.reason, fault.metadata["field"]) == ("PERMISSION_DENIED", "order_id")
    assert (await inventory.level("COAT")).held == 1


async def test_stores_touch_the_carts_of_their_own_goods_only(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 5})
    held = await inventory.hold([("COAT", 1)], device("TPE01"))
    for who in (device("TPE02"), STAFF):
        assert (await refused(inventory.release(held.hold_id, who))).reason == "HOLD_NOT_FOUND"
        extend = pb.ExtendHoldRequest(hold_id=held.hold_id)
        assert (await refused(inventory.call(inventory.stock.ExtendHold, extend, who))).reason == "HOLD_NOT_FOUND"
        assert (await refused(inventory.hold([("COAT", 1)], who))).reason == "NOT_FOUND"
    assert (await inventory.release(held.hold_id, device("TPE01"))).state == stock_pb2.HOLD_STATE_RELEASED


async def test_an_order_takes_over_no_other_members_cart(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 1})
    cart = await inventory.hold([("COAT", 1)], member("m1"))
    for buyer in ("m2", ""):
        order_id = new()
        asked = {"request_id": order_id, "order_id": order_id, "member_id": buyer, "replaces_hold_id": cart.hold_id}
        assert (await refused(inventory.hold([("COAT", 1)], ORDER, **asked))).reason == "HOLD_NOT_FOUND"


async def test_a_manager_reads_the_books_of_his_own_store(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 3})
    listed = await inventory.call(inventory.stock.ListMovements, pb.ListMovementsRequest(sku="COAT"), STAFF)
    assert [one.location_id for one in listed.movements] == ["TPE02"]
    for method, foreign in (
        (inventory.stock.ListMovements, pb.ListMovementsRequest(sku="COAT", location_id="TPE01")),
        (inventory.stock.ListShortfalls, pb.ListShortfallsRequest(location_id="TPE01")),
    ):
        assert (await refused(inventory.call(method, foreign, STAFF))).reason == "NOT_FOUND"


async def test_a_unit_s_movements_are_not_for_shoppers(inventory: Inventory) -> None:
    """They name staff, and inventory does not know whose the unit is."""
    asked = pb.DescribeUnitsRequest(units=[unit_pb2.UnitRef(order_id="o1", line_no=1)])
    assert (await refused(inventory.call(inventory.stock.DescribeUnits, asked, member()))).reason == "PERMISSION_DENIED"


async def test_a_shopper_has_so_many_holds_at_a_time(databases: Databases) -> None:
    """Of his own making: what a till holds for him, what has ended, and the same request again are not counted."""
    async with serving(databases, OMO_CART_HOLDS_MOST="2") as inventory:
        await inventory.stocked({("COAT", "TPE01"): 9})
        asked: dict[str, Any] = {"request_id": new(), "ttl_seconds": 60}
        first = await inventory.hold([("COAT", 1)], **asked)
        await inventory.hold([("COAT", 1)], device("TPE01"), member_id="m1")
        second = await inventory.hold([("COAT", 1)], ttl_seconds=600)
        assert await inventory.hold([("COAT", 1)], **asked) == first
        fault = await refused(inventory.hold([("COAT", 1)]))
        assert (fault.reason, fault.metadata["most"], fault.metadata["field"]) == ("HOLD_LIMIT", "2", "hold")
        assert "at most 2" in fault.metadata["rule"]
        await inventory.hold([("COAT", 1)], member("m2"))
        await inventory.release(second.hold_id)
        await inventory.hold([("COAT", 1)])
        assert (await refused(inventory.hold([("COAT", 1)]))).reason == "HOLD_LIMIT"
        inventory.clock.advance(seconds=60)
        await inventory.hold([("COAT", 1)])
