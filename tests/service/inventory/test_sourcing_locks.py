"""Decisions, news and refusals of the same orders at the same time: nobody waits for whoever waits for him."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import pytest_asyncio

from kit import access
from kit.postgres import Tx
from kit.timers import Due, InTx
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from services.inventory import sending
from services.inventory.promises.sourced import Promised
from services.inventory.sourcing.usecases import DECIDE
from tests.depth import PATIENCE
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory
from tests.service.inventory.sourcing_rig import Sourced
from tests.service.inventory.test_promises import brand
from tests.service.inventory.test_sourcing_orders import last, promised, refused


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def taken(sourced: Sourced, tx: Tx) -> list[Due]:
    """The due decisions, taken as the loop of timers takes them."""
    rows = await tx.fetch(
        "DELETE FROM timers WHERE kind = $1 AND next_time <= $2 RETURNING kind, key, payload, attempt, fence, due_time",
        DECIDE,
        sourced.inventory.clock(),
    )
    return [Due(**row) for row in rows]


async def until_it_waits(sourced: Sourced, work: Awaitable[Any]) -> asyncio.Future[Any]:
    """Starts something, and goes on when it is done or waits for a lock of somebody else."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(PATIENCE), sourced.inventory.db.read() as tx:
        while not task.done():
            if await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                break
    return task


async def decide_while(sourced: Sourced, word: Any) -> None:
    """A decision has its timers and no levels yet; the word is heard; then it goes on."""
    handler = sending.timers(sourced.inventory.db, sourced.inventory.clock, sourced.inventory.ground.book)[DECIDE]
    assert isinstance(handler, InTx)
    with access.acting_as(access.service("inventory")):
        async with sourced.inventory.db.transaction() as tx:
            dues = await taken(sourced, tx)
            assert dues
            heard = await until_it_waits(sourced, sourced.hear(word))
            await handler.run(tx, dues)
        await heard


async def test_a_cancellation_and_a_decision_do_not_wait_for_each_other(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 5})
    first, other = await promised(sourced, "COAT", 1), await promised(sourced, "COAT", 1)
    sourced.inventory.clock.advance(minutes=2)
    await decide_while(sourced, news.cancelled(first))
    assert (await sourced.state(first), await sourced.state(other)) == ("CANCELLED", "SOURCED")
    assert await sourced.inventory.drifts() == []


async def test_a_refusal_and_a_decision_do_not_wait_for_each_other(sourced: Sourced) -> None:
    await brand(sourced.inventory, {("COAT", "A"): 5, ("COAT", "B"): 5})
    first = await promised(sourced, "COAT", 1)
    await sourced.fire()
    told = await last(sourced)
    other = await promised(sourced, "COAT", 1)
    sourced.inventory.clock.advance(minutes=2)
    async with sourced.inventory.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO timers (key, kind, due_time, next_time, payload, fence) "
            "SELECT $1, kind, due_time, next_time, payload, fence FROM timers WHERE kind = $2 AND key = $3",
            first,
            DECIDE,
            other,
        )
    await decide_while(sourced, refused(first, told.assignments[0].location_id, told.decision_id))
    await sourced.fire()
    assert (await sourced.state(first), await sourced.state(other)) == ("SOURCED", "SOURCED")
    assert (await sourced.call("GetSourcing", order_id=first)).sourcing.attempts == 1
    assert await sourced.inventory.drifts() == []


@pytest.mark.parametrize("many", [1, 6])
async def test_refusals_are_taken_together_behind_one_lock(
    sourced: Sourced, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are."""
    await brand(sourced.inventory, {("COAT", "A"): 9, ("COAT", "B"): 9})
    orders = [await promised(sourced, "COAT", 1) for _ in range(many)]
    await sourced.fire()
    words = []
    for order_id in orders:
        (one,) = (await sourced.call("GetSourcing", order_id=order_id)).sourcing.assignments
        words.append(refused(order_id, one.location_id, one.decision_id))
    await brand(sourced.inventory, {("COAT", "C"): 9})
    await sourced.hear(*words)
    locks = 0
    lock = Promised._open

    async def counted(*given: Any) -> Any:
        nonlocal locks
        locks += 1
        return await lock(*given)

    monkeypatch.setattr(Promised, "_open", counted)
    await sourced.fire(only="sourcing.refused")
    assert locks == 1
    monkeypatch.undo()
    await sourced.fire()
    assert {await sourced.state(order_id) for order_id in orders} == {"SOURCED"}
    assert await sourced.inventory.drifts() == []
