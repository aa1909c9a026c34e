"""Many checkouts at the same moment: who is sold to, who is refused, and how each order is called."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.errors import Fault
from services.order.checkout import usecases_steps
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import CONFIRMED, Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_a_rush_is_served_to_the_last_unit_and_nobody_is_turned_away(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # all of them are in one process with whom they ask: how quickly that answers is not asked here
    monkeypatch.setattr(usecases_steps, "_STEP_SECONDS", 10.0)
    rig.world.stock["COAT"] = 40

    async def buy() -> str:
        try:
            return str((await rig.place()).state)
        except Fault as fault:
            return fault.reason

    answers = Counter(await asyncio.gather(*(buy() for _ in range(150))))
    assert answers == {str(CONFIRMED): 40, "OUT_OF_STOCK": 110}
    assert (await rig.events()).count("OrderCancelled") == 110
    await rig.settled()


async def test_two_orders_never_share_a_number(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([7, 7, 7, 8])
    monkeypatch.setattr(secrets, "randbits", lambda _: next(drawn))
    first, second = await rig.place(), await rig.place()
    assert first.order_no != second.order_no
    assert list(drawn) == []
    await rig.settled()
