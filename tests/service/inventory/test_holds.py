"""Holds over real gRPC: all or none, each refusal, and never more than there is."""

import asyncio
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import stock_events_pb2, stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from tests.service.inventory.conftest import HQ, ORDER, Inventory, line, member, movement, new


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        await call
    return raised.value


async def test_a_hundred_buyers_on_ten_units_get_exactly_ten(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 10})
    answers = await asyncio.gather(
        *(inventory.hold([("COAT", 1)], member(f"m{n}")) for n in range(100)), return_exceptions=True
    )
    losers = [one for one in answers if isinstance(one, Exception)]
    assert len(answers) - len(losers) == 10
    assert {one.reason for one in losers if isinstance(one, Fault)} == {"OUT_OF_STOCK"}
    level = await inventory.level("COAT")
    assert (level.on_hand, level.held, level.available) == (10, 10, 0)
    assert await inventory.drifts() == []


async def test_all_lines_or_none(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5, ("HAT", "TPE01"): 1})
    fault = await refused(inventory.hold([("COAT", 2), ("HAT", 2)]))
    assert (fault.reason, fault.metadata["sku"], fault.metadata["available"]) == ("OUT_OF_STOCK", "HAT", "1")
    assert (await inventory.level("COAT")).held == 0


async def test_demand_is_summed_over_lines(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    assert (await refused(inventory.hold([("COAT", 3), ("COAT", 3)]))).reason == "OUT_OF_STOCK"
    held = await inventory.hold([("COAT", 3), ("COAT", 2)])
    assert [one.line_no for one in held.lines] == [1, 2]
    assert (await inventory.level("COAT")).available == 0


async def test_partial_takes_what_there_is(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 3, ("HAT", "TPE01"): 0})
    held = await inventory.hold([("COAT", 2), ("HAT", 1), ("COAT", 2)], allow_partial=True)
    assert [(one.line_no, one.quantity) for one in held.lines] == [(1, 2), (3, 1)]
    assert (await refused(inventory.hold([("COAT", 1)], allow_partial=True))).reason == "OUT_OF_STOCK"


async def test_asked_again_it_answers_the_same(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    asked = {"request_id": new(), "order_id": "o1"}
    first = await inventory.hold([("COAT", 2)], ORDER, **asked)
    again = await asyncio.gather(*(inventory.hold([("COAT", 2)], ORDER, **asked) for _ in range(20)))
    assert all(one == first for one in again)
    assert (await inventory.level("COAT")).held == 2
    fault = await refused(inventory.hold([("COAT", 3)], ORDER, **asked))
    assert fault.reason == "REQUEST_REUSED"


async def test_unknown_sku(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    fault = await refused(inventory.hold([("COAT", 1), ("NOPE", 1)]))
    assert (fault.reason, fault.metadata["sku"], fault.metadata["field"]) == ("UNKNOWN_SKU", "NOPE", "lines[1].sku")


async def test_unknown_location(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    fault = await refused(inventory.hold([("COAT", 1, "MOON")]))
    assert (fault.reason, fault.metadata["field"]) == ("UNKNOWN_LOCATION", "lines[0].location_id")


async def test_closed_location(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    await inventory.put_locations("TPE01", active=False)
    fault = await refused(inventory.hold([("COAT", 1)]))
    assert (fault.reason, fault.metadata["location_id"]) == ("LOCATION_CLOSED", "TPE01")


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
async def test_a_quantity_out_of_bounds_names_its_line(inventory: Inventory, quantity: int) -> None:
    fault = await refused(inventory.hold([("COAT", 1), ("COAT", quantity)]))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "lines[1].quantity")
    assert "1 to 1000000" in fault.metadata["rule"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"lines": []}, "lines"),
        ({"request_id": ""}, "request_id"),
        ({"ttl_seconds": 59}, "ttl_seconds"),
        ({"ttl_seconds": 86_401}, "ttl_seconds"),
        ({"lines": [line(("", 1))]}, "lines[0].sku"),
        ({"lines": [line(("COAT", 1, ""))]}, "lines[0].location_id"),
        ({"lines": [stock_pb2.HoldLine(line_no=1, sku="A", location_id="B", quantity=1)] * 2}, "lines"),
    ],
)
async def test_what_cannot_be_read_is_refused(inventory: Inventory, changed: dict[str, Any], field: str) -> None:
    fault = await refused(inventory.hold([("COAT", 1)], **changed))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)


async def test_a_foreign_hold_is_not_found(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    held = await inventory.hold([("COAT", 1)], member("m1"))
    stranger = member("m2")
    get, extend = pb.GetHoldRequest(hold_id=held.hold_id), pb.ExtendHoldRequest(hold_id=held.hold_id)
    for named, asked in (
        ("hold_id", inventory.call(inventory.stock.GetHold, get, stranger)),
        ("hold_id", inventory.call(inventory.stock.ExtendHold, extend, stranger)),
        ("hold_id", inventory.release(held.hold_id, stranger)),
        ("replaces_hold_id", inventory.hold([("COAT", 1)], stranger, replaces_hold_id=held.hold_id)),
    ):
        fault = await refused(asked)
        assert fault.reason == "HOLD_NOT_FOUND"
        assert (fault.metadata["field"], fault.metadata["rule"]) == (named, "must be one of the caller's holds")
        assert fault.message.startswith(f"{named}: must be")
    assert (await refused(inventory.hold([("COAT", 1)], stranger, member_id="m1"))).reason == "NOT_FOUND"
    assert (await inventory.call(inventory.stock.GetHold, get, member("m1"))).hold == held


async def test_a_hold_that_never_was_is_not_found(inventory: Inventory) -> None:
    request = pb.GetHoldRequest(hold_id=new())
    assert (await refused(inventory.call(inventory.stock.GetHold, request, ORDER))).reason == "HOLD_NOT_FOUND"


async def test_release_gives_back_and_may_be_repeated(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    held = await inventory.hold([("COAT", 2)])
    for _ in range(2):
        assert (await inventory.release(held.hold_id)).state == stock_pb2.HOLD_STATE_RELEASED
    assert (await inventory.level("COAT")).available == 5
    assert len(await inventory.told(stock_events_pb2.HoldReleased)) == 1
    assert await inventory.drifts() == []


async def test_a_hold_that_comes_after_its_release_is_refused(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    hold_id = new()
    assert (await inventory.release(hold_id, ORDER)).state == stock_pb2.HOLD_STATE_RELEASED
    fault = await refused(inventory.hold([("COAT", 2)], ORDER, request_id=hold_id, order_id=hold_id))
    assert (fault.reason, fault.metadata["state"]) == ("HOLD_ENDED", "RELEASED")
    assert (await inventory.level("COAT")).held == 0


async def test_an_expired_hold_counts_for_nothing_before_anybody_swept(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    held = await inventory.hold([("COAT", 2)], member("m1"), ttl_seconds=60)
    inventory.clock.advance(seconds=59)
    assert (await refused(inventory.hold([("COAT", 1)], member("m2")))).reason == "OUT_OF_STOCK"
    inventory.clock.advance(seconds=1)
    level = await inventory.level("COAT")
    assert (level.held, level.available) == (0, 2)
    await inventory.hold([("COAT", 2)], member("m2"))
    extend = pb.ExtendHoldRequest(hold_id=held.hold_id, ttl_seconds=600)
    late = await refused(inventory.call(inventory.stock.ExtendHold, extend, member("m1")))
    assert (late.reason, late.metadata["field"]) == ("HOLD_EXPIRED", "hold_id")
    get = pb.GetHoldRequest(hold_id=held.hold_id)
    shown = (await inventory.call(inventory.stock.GetHold, get, member("m1"))).hold
    assert shown.state == stock_pb2.HOLD_STATE_EXPIRED
    assert await inventory.drifts() == []
    assert await inventory.ground.holds.sweep() == 1
    assert await inventory.ground.holds.sweep() == 0
    (released,) = await inventory.told(stock_events_pb2.HoldReleased)
    assert (released.hold.hold_id, released.hold.state) == (held.hold_id, stock_pb2.HOLD_STATE_EXPIRED)
    level = await inventory.level("COAT")
    assert (level.held, level.available) == (2, 0)
    assert await inventory.drifts() == []


async def test_the_same_hold_after_its_time_is_expired(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    asked: dict[str, Any] = {"request_id": new(), "ttl_seconds": 60}
    await inventory.hold([("COAT", 2)], **asked)
    inventory.clock.advance(seconds=60)
    late = await refused(inventory.hold([("COAT", 2)], **asked))
    assert (late.reason, late.metadata["field"]) == ("HOLD_EXPIRED", "request_id")


async def test_extension_ends_at_the_hard_cap(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    held = await inventory.hold([("COAT", 1)], ttl_seconds=86_400)
    first = held.expire_time.ToSeconds()
    inventory.clock.advance(hours=23)
    extend = pb.ExtendHoldRequest(hold_id=held.hold_id, ttl_seconds=86_400)
    moved = (await inventory.call(inventory.stock.ExtendHold, extend, member())).hold
    assert moved.expire_time.ToSeconds() == first
    short = await inventory.hold([("COAT", 1)], ttl_seconds=60)
    inventory.clock.advance(seconds=30)
    extend = pb.ExtendHoldRequest(hold_id=short.hold_id, ttl_seconds=60)
    moved = (await inventory.call(inventory.stock.ExtendHold, extend, member())).hold
    assert moved.expire_time.ToSeconds() == short.expire_time.ToSeconds() + 30
    inventory.clock.advance(seconds=45)
    assert (await inventory.level("COAT")).held == 2


async def test_an_order_hold_does_not_expire(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    held = await inventory.hold([("COAT", 1)], ORDER, order_id="o1", ttl_seconds=60)
    assert not held.HasField("expire_time")
    inventory.clock.advance(days=30)
    assert (await inventory.level("COAT")).held == 1
    extend = pb.ExtendHoldRequest(hold_id=held.hold_id)
    assert not (await inventory.call(inventory.stock.ExtendHold, extend, ORDER)).hold.HasField("expire_time")


async def test_an_ended_hold_cannot_be_extended(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    held = await inventory.hold([("COAT", 1)])
    await inventory.release(held.hold_id)
    extend = pb.ExtendHoldRequest(hold_id=held.hold_id)
    fault = await refused(inventory.call(inventory.stock.ExtendHold, extend, member()))
    told = (fault.reason, fault.metadata["state"], fault.metadata["field"])
    assert told == ("HOLD_ENDED", "RELEASED", "hold_id")


async def test_an_order_takes_over_its_own_cart(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    cart = await inventory.hold([("COAT", 2)], member("m1"))
    order_id = new()
    more = {"request_id": order_id, "order_id": order_id, "member_id": "m1", "replaces_hold_id": cart.hold_id}
    fault = await refused(inventory.hold([("COAT", 3)], ORDER, **more))
    assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "2")
    await inventory.hold([("COAT", 2)], ORDER, **more)
    level = await inventory.level("COAT")
    assert (level.held, level.available) == (2, 0)
    get = pb.GetHoldRequest(hold_id=cart.hold_id)
    assert (await inventory.call(inventory.stock.GetHold, get, ORDER)).hold.state == stock_pb2.HOLD_STATE_RELEASED
    assert await inventory.drifts() == []


async def test_movements_need_what_they_name(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    assert (await refused(inventory.post(movement("NOPE", "TPE01", 1)))).reason == "UNKNOWN_SKU"
    assert (await refused(inventory.post(movement("COAT", "MOON", 1)))).reason == "UNKNOWN_LOCATION"


async def test_nobody_holds_without_a_name(inventory: Inventory) -> None:
    call = inventory.call(inventory.stock.Hold, pb.HoldRequest(request_id=new(), lines=[line(("COAT", 1))]))
    assert (await refused(call)).reason == "UNAUTHENTICATED"
    posting = pb.PostMovementsRequest(request_id=new(), movements=[movement("COAT", "TPE01", 1)])
    denied = await refused(inventory.call(inventory.stock.PostMovements, posting, member()))
    assert denied.reason == "PERMISSION_DENIED"
    assert HQ["roles"] == ["merchandiser"]
