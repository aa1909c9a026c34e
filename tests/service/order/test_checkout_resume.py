"""A checkout that dies at any of its commit boundaries is finished by whoever comes next (I4, I8, I9)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import pytest_asyncio

from kit import faultpoints, timers
from kit.errors import Code, Fault
from kit.leases import Due
from omo.order.v1 import order_service_pb2 as pb
from services.order.checkout import (
    store_placing,
    store_reads,
    store_saga,
    usecases_saga,  # noqa: F401  # registers its fault points
    usecases_steps,
)
from services.order.checkout.domain_saga import KIND, Cause
from services.order.checkout.store_placing import Confirming, Refusing
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import wish
from tests.service.order.rig import CANCELLED, CONFIRMED, PENDING_PAYMENT, Rig

FORWARD = ("after_insert", "after_hold", "after_points", "after_authorise", "before_confirm", "after_confirm")
BACKWARD = ("after_turn", "after_give_back", "after_release")


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases, slow=2.5) as running:
        running.world.points = 10_000
        yield running


@pytest.fixture(autouse=True)
def unarmed() -> Iterator[None]:
    yield
    faultpoints.arm("")


def test_every_boundary_is_swept() -> None:
    points = {name.removeprefix("order.") for name in faultpoints.registered() if name.startswith("order.")}
    assert points >= {*FORWARD, *BACKWARD, "after_wait"}


async def the_order(rig: Rig) -> str:
    (row,) = await rig.rows("SELECT order_id FROM orders")
    return str(row["order_id"])


@pytest.mark.parametrize("point", FORWARD)
async def test_what_died_on_the_way_forward_is_confirmed(rig: Rig, point: str) -> None:
    asked = wish(spend_points=100)
    faultpoints.arm(f"order.{point}=raise")
    fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert fault.code is Code.INTERNAL
    faultpoints.arm("")
    await rig.lapse()
    order = await rig.ended(await the_order(rig))
    assert order.state == CONFIRMED
    assert rig.world.points == 9_900
    again = await rig.call(rig.orders.PlaceOrder, asked)
    assert (again.order.order_id, again.order.state) == (order.order_id, CONFIRMED)
    assert (await rig.events()).count("OrderConfirmed") == 1
    await rig.settled()


@pytest.mark.parametrize("point", BACKWARD)
async def test_what_died_on_the_way_back_is_given_back(rig: Rig, point: str) -> None:
    asked = wish(spend_points=100, instrument="sim_decline")
    faultpoints.arm(f"order.{point}=raise")
    await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    faultpoints.arm("")
    await rig.lapse()
    order = await rig.ended(await the_order(rig))
    assert (order.state, order.reason) == (CANCELLED, "PAYMENT_DECLINED")
    again = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert again.reason == "PAYMENT_DECLINED"
    assert (await rig.events()) == ["OrderCancelled"]
    await rig.settled()


async def test_what_died_while_it_waited_still_waits(rig: Rig) -> None:
    faultpoints.arm("order.after_wait=raise")
    await rig.fault(rig.place(instrument="sim_never"))
    faultpoints.arm("")
    assert (await rig.get(await the_order(rig))).state == PENDING_PAYMENT
    rig.clock.advance(minutes=16)
    assert (await rig.ended(await the_order(rig))).state == CANCELLED
    await rig.settled()


async def test_inventory_away_for_a_while_undoes_now_and_gives_back_later(rig: Rig) -> None:
    gone = Fault("gone", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    rig.world.after["stock.hold"] = gone
    rig.world.before["stock.release"] = gone
    fault = await rig.fault(rig.place())
    assert (fault.reason, fault.metadata["cause"]) == ("CHECKOUT_UNDONE", "UNAVAILABLE")
    order_id = await the_order(rig)
    assert (await rig.get(order_id)).state == CANCELLED
    assert rig.world.active() == {order_id}
    rig.world.before.clear()
    await rig.ended(order_id)
    await rig.settled()


async def test_an_answer_that_comes_after_the_undo_holds_nothing(rig: Rig) -> None:
    """Inventory is slower than the step: the release overtakes nothing, and its tombstone stands."""
    rig.world.gates["stock.hold"] = asyncio.Event()
    fault = await rig.fault(rig.place())
    assert (fault.reason, fault.metadata["cause"]) == ("CHECKOUT_UNDONE", "DEADLINE_EXCEEDED")
    await rig.ended(await the_order(rig))
    await rig.settled()


async def at_work(rig: Rig, times: int = 1) -> None:
    """Inventory is at work for so many of them."""

    async def held() -> bool:
        return rig.world.calls["stock.hold"] >= times

    await rigs.eventually(held)


async def test_a_holder_whose_lease_was_taken_changes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first holder is stopped past its lease, a resumer confirms, and the first one's confirm finds no fence."""
    monkeypatch.setattr(usecases_steps, "_STEP_SECONDS", 10.0)
    first, second, given = asyncio.Event(), asyncio.Event(), wish()
    rig.world.gates["stock.hold"] = first
    placing = asyncio.create_task(rig.fault(rig.call(rig.orders.PlaceOrder, given)))
    await at_work(rig)
    rig.world.gates["stock.hold"] = second
    await rig.lapse()
    await at_work(rig, 2)
    first.set()
    assert (await placing).reason == "REQUEST_RUNNING"
    second.set()
    order = await rig.ended(await the_order(rig))
    assert order.state == CONFIRMED
    assert (await rig.call(rig.orders.PlaceOrder, given)).order.order_id == order.order_id
    assert (await rig.events()).count("OrderConfirmed") == 1
    await rig.settled()


async def test_a_checkout_whose_database_went_away_does_not_wait_for_its_lease(
    rig: Rig, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process lives: it gives its lease up as soon as it can, for the resumer to go on."""
    rig.parts.group.lease = timedelta(hours=1)
    monkeypatch.setattr(usecases_steps, "_STEP_SECONDS", 10.0)
    rig.world.gates["stock.hold"] = gate = asyncio.Event()
    (row,) = await rig.rows("SELECT current_database() AS name")
    placing = asyncio.create_task(rig.fault(rig.place()))
    await at_work(rig)
    async with databases.away(str(row["name"])):
        gate.set()
        assert (await placing).code is Code.UNAVAILABLE
    assert (await rig.ended(await the_order(rig))).state == CONFIRMED
    await rig.settled()


async def test_twelve_failed_tries_ask_for_a_person(rig: Rig) -> None:
    rig.world.before["stock.release"] = Fault("gone", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    await rig.fault(rig.place(instrument="sim_decline"))
    order_id = await the_order(rig)

    async def stuck() -> bool:
        rig.clock.advance(minutes=6)
        return bool(await timers.stuck(rig.db))

    await rigs.eventually(stuck, within=30)
    assert [(each.kind, each.key) for each in await timers.stuck(rig.db)] == [(KIND, order_id)]
    assert await rig.proofs() == {}
    rig.world.before.clear()
    async with rig.db.transaction() as tx:
        assert await timers.retry(tx, KIND, order_id, rig.clock())
    await rig.ended(order_id)
    await rig.settled()


async def test_a_resumer_that_meets_a_finished_order_does_nothing(rig: Rig) -> None:
    order = await rig.place()
    async with rig.db.transaction() as tx:
        fence = await timers.schedule(tx, KIND, order.order_id, rig.clock(), lease=timedelta(seconds=15))
    await rig.parts.saga.resume(Due(KIND, order.order_id, fence=fence))
    assert await rig.rows("SELECT key FROM timers WHERE kind = 'checkout'") == []
    await rig.settled()


async def test_a_cancel_while_the_checkout_runs_is_put_off(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecases_steps, "_STEP_SECONDS", 10.0)
    rig.world.gates["stock.hold"] = gate = asyncio.Event()
    placing = asyncio.create_task(rig.place())
    await at_work(rig)
    ask = pb.CancelOrderRequest(request_id="c1", order_id=await the_order(rig), reason="NO")
    fault = await rig.fault(rig.call(rig.orders.CancelOrder, ask))
    assert (fault.reason, fault.code) == ("CONFLICT", "ABORTED")
    gate.set()
    assert (await placing).state == CONFIRMED
    assert (await rig.call(rig.orders.CancelOrder, ask)).order.state == CANCELLED


async def test_an_order_that_was_turned_keeps_the_timer_that_undoes_it(rig: Rig) -> None:
    """A confirmation, or a refusal, that comes too late under the same lease moves nothing and ends nothing."""
    faultpoints.arm("order.after_turn=raise")
    await rig.fault(rig.place(instrument="sim_decline"))
    faultpoints.arm("")
    order_id = await the_order(rig)
    ((fence,),) = await rig.rows("SELECT fence FROM timers WHERE kind = 'checkout'")
    due, cause = Due(KIND, order_id, fence=fence), Cause("FAILED_PRECONDITION", "LATE", "too late", "", {})
    async with rig.db.transaction() as tx:
        (order,), saga = await store_reads.orders(tx, [order_id]), await store_saga.find(tx, order_id)
        assert saga is not None
        assert await store_placing.confirm(tx, [Confirming(order, saga, due, None, b"")]) == set()
        assert await store_placing.refuse(tx, [Refusing(order, due, cause)]) == set()
    assert rig.world.active() == {order_id}, "somebody must still come for it"
    async with rig.db.transaction() as tx:
        await timers.again(tx, due, rig.clock())  # as when the lease has run out
    ended = await rig.ended(order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "PAYMENT_DECLINED")
    await rig.settled()
