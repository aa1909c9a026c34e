"""Orders get their places: by the stock there is, by rules, with reasons, and never twice."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import sourcing_events_pb2
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory import news
from tests.service.inventory.conftest import OPERATOR, Inventory, new
from tests.service.inventory.sourcing_rig import ADMIN, ORDER, Sourced, confirmed, manager, trace


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def test_an_order_is_shipped_from_where_the_goods_are(sourced: Sourced) -> None:
    """The warehouse is short: the one store that has both goods sends them, and the books say so."""
    await sourced.chain({("COAT", "WH1"): 0, ("HAT", "WH1"): 5, ("COAT", "TPE01"): 2, ("HAT", "TPE01"): 1})
    order_id = await sourced.order(("COAT", 2), ("HAT", 1), settle=False)
    assert await sourced.state(order_id) == "PENDING"
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "TPE01", 2: "TPE01"}
    level = await sourced.inventory.level("COAT")
    assert (level.on_hand, level.committed, level.available) == (2, 2, 0)
    (told,) = await sourced.inventory.told(sourcing_events_pb2.SourcingDecided)
    assert [(one.line_no, one.sku, one.location_id, one.quantity) for one in told.assignments] == [
        (1, "COAT", "TPE01", 2),
        (2, "HAT", "TPE01", 1),
    ]
    (decision,) = await sourced.explained(order_id)
    assert (decision.mode, decision.decision_id, told.meta.rule_version) == ("BATCH", told.decision_id, "default:0")
    assert await sourced.inventory.drifts() == []


async def test_why_this_store_is_told_in_both_languages(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "WH1"): 0, ("COAT", "TPE01"): 2, ("COAT", "TXG01"): 5}, TXG01={"active": False})
    order_id = await sourced.order(("COAT", 1))
    (decision,) = await sourced.explained(order_id)
    english, chinese = "\n".join(decision.lines_en), "\n".join(decision.lines_zh_tw)
    assert "TPE01 sends 1 × COAT (1): number 1 of the ranking" in english
    assert "WH1: has nothing of it" in english
    assert "Left out: TXG01: is not active." in english
    assert "The default strategy decided: no rule set is active." in english
    assert "TPE01 出貨 1 × COAT (1)：排名第 1" in chinese
    assert "排除 WH1：無可用庫存。" in chinese
    assert "改用預設策略：沒有啟用中的規則。" in chinese


async def test_decisions_are_kept_for_good(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2})
    order_id = await sourced.order(("COAT", 1))
    async with sourced.inventory.db.read() as tx:
        for statement in ("UPDATE sourcing_decisions SET fallback = ''", "DELETE FROM sourcing_decisions"):
            with pytest.raises(asyncpg.PostgresError, match="entries are added"):
                await tx.execute(statement)
    assert len(await sourced.explained(order_id)) == 1


async def test_orders_of_one_minute_are_decided_together(sourced: Sourced) -> None:
    """One by one the first order takes the only goods of the second; together both are served whole."""
    await sourced.chain({("COAT", "TPE01"): 1, ("COAT", "TPE02"): 1, ("HAT", "TPE01"): 1})
    await sourced.rules({"sorts": ["SOURCING_SORT_SEQUENCE"], "sequence": ["TPE01", "TPE02"], "allow_partial": True})
    first, second = sorted((new(), new()))
    for order_id, lines in ((first, [("COAT", 1)]), (second, [("COAT", 1), ("HAT", 1)])):
        await sourced.hear(confirmed(order_id, *lines))
    await sourced.fire()
    assert (await sourced.places(first), await sourced.places(second)) == ({1: "TPE02"}, {1: "TPE01", 2: "TPE01"})


async def test_two_batches_at_once_never_promise_the_same_goods(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 3})
    orders = [await sourced.order(("COAT", 2), settle=False) for _ in range(2)]
    sourced.inventory.clock.advance(minutes=2)
    ends = await asyncio.gather(*(sourced.fire(minutes=0, alone=True) for _ in range(2)), return_exceptions=True)
    assert [end for end in ends if isinstance(end, Exception) and not isinstance(end, Fault)] == []
    await sourced.fire(minutes=0)
    level = await sourced.inventory.level("COAT")
    assert (level.committed, level.available) == (3, 0)  # the second gets what is left
    assert sorted([await sourced.state(order_id) for order_id in orders]) == ["SOURCED", "UNPLACED"]
    assert await sourced.inventory.drifts() == []


async def test_a_rejection_by_a_reason_of_the_brand_moves_what_it_says(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("COAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1))
    given = {"order_id": order_id, "location_id": "TPE01", "reason": "NOT_IN_STOCK"}
    await sourced.call("RejectAssignment", OPERATOR, **given)
    level = await sourced.inventory.level("COAT", "TPE01")
    assert (level.on_hand, level.committed, level.available) == (0, 0, 0)
    assert await sourced.inventory.drifts() == []


async def test_a_rejection_cools_the_store_and_finds_another(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("COAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1))
    assert await sourced.places(order_id) == {1: "TPE01"}
    rejected = await sourced.call(
        "RejectAssignment",
        OPERATOR,
        order_id=order_id,
        location_id="TPE01",
        reason="TOO_BUSY",
    )
    assert rejected.sourcing.attempts == 1
    await sourced.fire()
    assert await sourced.places(order_id) == {1: "TPE02"}
    assert (await sourced.inventory.level("COAT", "TPE01")).committed == 0
    _, said, decided = await sourced.explained(order_id)
    assert said.lines_en[-1] == "TPE01 rejected line 1 (TOO_BUSY)."
    assert trace(decided)["rules"][0]["out"] == {"COOLING": ["TPE01"]}
    assert await sourced.places(other := await sourced.order(("COAT", 1))) == {1: "TPE02"}, other
    sourced.inventory.clock.advance(hours=24)
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}
    assert await sourced.inventory.drifts() == []


async def test_an_order_is_sent_round_so_often_and_then_waits(sourced: Sourced) -> None:
    await sourced.chain({("COAT", code): 2 for code in ("TPE01", "TPE02", "TPE03")})
    await sourced.rules({"allow_partial": True}, attempts_standard=2)
    order_id = await sourced.order(("COAT", 1))
    for _ in range(2):
        (place,) = (await sourced.places(order_id)).values()
        await sourced.call("RejectAssignment", OPERATOR, order_id=order_id, location_id=place, reason="NOT_IN_STOCK")
        await sourced.fire()
    assert await sourced.state(order_id) == "UNPLACED"
    last = (await sourced.explained(order_id))[-1]
    assert [one.reason for one in last.leftovers] == ["ATTEMPTS"]
    assert await sourced.inventory.drifts() == []


async def test_a_rejected_pickup_is_never_rerouted_in_silence(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2, ("COAT", "TPE02"): 2})
    order_id = await sourced.order(("COAT", 1, "TPE01"))
    assert await sourced.state(order_id) == "PINNED"
    await sourced.call("RejectAssignment", OPERATOR, order_id=order_id, location_id="TPE01", reason="DAMAGED")
    assert await sourced.fire(minutes=60) == 0
    assert (await sourced.state(order_id), await sourced.places(order_id)) == ("PICKUP_REJECTED", {1: "TPE01"})
    (told,) = await sourced.inventory.told(sourcing_events_pb2.PickupRejected)
    assert (told.location_id, list(told.line_nos), told.reason) == ("TPE01", [1], "DAMAGED")
    waiting = (await sourced.call("ListUnplaced", queue="pickup_rejected")).sourcings
    assert [one.order_id for one in waiting] == [order_id]


async def test_what_has_no_place_waits_is_tried_again_and_given_up(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 0})
    rule = {"allow_partial": False, "then": "SOURCING_THEN_QUEUE", "queue": "short", "auto_cancel_hours": 2}
    await sourced.rules(rule)
    found, lost = await sourced.order(("COAT", 1)), await sourced.order(("COAT", 5))
    assert (await sourced.state(found), await sourced.state(lost)) == ("UNPLACED", "UNPLACED")
    told = (await sourced.inventory.told(sourcing_events_pb2.SourcingDecided))[0]
    assert (told.queue, told.leftovers[0].reason, told.HasField("auto_cancel_time")) == ("short", "NO_STOCK", True)
    await sourced.fire(minutes=16)
    assert len(await sourced.explained(lost)) == 1, "a run that changes nothing is no news"
    await sourced.chain({("COAT", "TPE01"): 2})
    assert (await sourced.call("RunQueue", ADMIN, queue="short")).orders == 2
    await sourced.fire(minutes=0)
    assert (await sourced.places(found), await sourced.state(lost)) == ({1: "TPE01"}, "UNPLACED")
    await sourced.fire(minutes=120)
    assert (await sourced.state(found), await sourced.state(lost)) == ("SOURCED", "GIVEN_UP")
    (given_up,) = await sourced.inventory.told(sourcing_events_pb2.SourcingGivenUp)
    assert (given_up.order_id, given_up.leftovers[0].quantity) == (lost, 5)


async def test_a_cancelled_order_is_not_sourced(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 2})
    order_id = await sourced.order(("COAT", 1), settle=False)
    await sourced.hear(news.cancelled(order_id))
    assert await sourced.fire() == 1, "whoever decides leaves it alone"
    assert await sourced.state(order_id) == "CANCELLED"
    late = new()
    await sourced.hear(news.cancelled(late))
    await sourced.hear(confirmed(late, ("COAT", 1)))
    assert await sourced.fire() == 0
    assert await sourced.state(late) == "CANCELLED"
    assert (await sourced.inventory.level("COAT")).available == 2


async def test_a_place_takes_its_daily_orders_and_no_more_and_none_while_it_pauses(sourced: Sourced) -> None:
    # noon in Taipei: the minutes between two orders are of one day
    sourced.inventory.clock.at = sourced.inventory.clock.at.replace(hour=4)
    await sourced.chain(
        {("COAT", "TPE01"): 5, ("COAT", "TPE02"): 5}, TPE01={"daily_order_capacity": 1, "time_zone": "Asia/Taipei"}
    )
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}
    full = await sourced.order(("COAT", 1))
    assert await sourced.places(full) == {1: "TPE02"}
    assert trace((await sourced.explained(full))[0])["rules"][0]["out"] == {"CAPACITY": ["TPE01"]}
    sourced.inventory.clock.advance(hours=24)
    await sourced.call("PauseLocation", manager("TPE01"), location_id="TPE01", paused=True, reason="stocktaking")
    paused = await sourced.order(("COAT", 1))
    assert trace((await sourced.explained(paused))[0])["out"]["PAUSED"] == ["TPE01"]
    await sourced.call("PauseLocation", manager("TPE01"), location_id="TPE01", paused=False)
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}


async def test_a_franchise_gives_only_what_it_agreed_to(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5}, TPE01={"franchise": True})
    order_id = await sourced.order(("COAT", 1))
    assert await sourced.state(order_id) == "UNPLACED"
    assert trace((await sourced.explained(order_id))[0])["out"]["FRANCHISE"] == ["TPE01"]
    await sourced.chain({("COAT", "TPE01"): 0}, TPE01={"franchise": True, "web_orders_opt_in": True})
    await sourced.fire(minutes=16)
    assert await sourced.places(order_id) == {1: "TPE01"}


async def test_refusals_of_rejections_and_pauses(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 0})
    order_id = await sourced.order(("COAT", 1))
    for who, given, reason in (
        (OPERATOR, {"order_id": new(), "location_id": "TPE01", "reason": "X"}, "NOT_FOUND"),
        (OPERATOR, {"order_id": order_id, "location_id": "TPE02", "reason": "X"}, "NOT_ASSIGNED"),
        (OPERATOR, {"order_id": order_id, "location_id": "TPE01", "line_nos": [7], "reason": "X"}, "NOT_ASSIGNED"),
        (manager("TPE01"), {"order_id": order_id, "location_id": "TPE01", "reason": "X"}, "PERMISSION_DENIED"),
        (ORDER, {"order_id": order_id, "location_id": "TPE01", "reason": "X"}, "PERMISSION_DENIED"),
        # order knows how far a task is
        (ADMIN, {"order_id": order_id, "location_id": "TPE01", "reason": "X"}, "PERMISSION_DENIED"),
        (OPERATOR, {"order_id": order_id, "location_id": "TPE01", "line_nos": [0], "reason": "X"}, "FIELD_INVALID"),
    ):
        with pytest.raises(Fault) as refused:
            await sourced.call("RejectAssignment", who, **given)
        assert refused.value.reason == reason, given
    with pytest.raises(Fault) as refused:
        await sourced.call("PauseLocation", ADMIN, location_id="NOWHERE", paused=True)
    assert refused.value.reason == "UNKNOWN_LOCATION"
