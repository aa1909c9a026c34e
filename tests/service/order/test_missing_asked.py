"""What was not there at the counter: its shopper is asked by his link, and what he chooses ends it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import pickup_service_pb2 as pb
from omo.order.v1 import rerouting_service_pb2 as rerouting_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.counter_rig import Desk as Till
from tests.service.order.fulfilment_rig import Store
from tests.service.order.pickups_rig import Desk
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import Rig, eventually, line


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def _short(rig: Rig, asked: Asked) -> tuple[Any, str]:
    """One of two scarves is not there; the token of its shopper's link."""
    await asked.terms(ask=True, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    rig.world.pickups.there = {"TPE02": [1]}
    desk = Desk(rig, Store(rig))
    order = await rig.place(lines=[line("SCARF", 2)])
    ready = await desk.store.made_ready(order.order_id)
    missing = [pb.MissingUnits(line_no=1, quantity=1, reason="NOT_IN_STOCK")]
    pin = await desk.store.pin(order.order_id)
    await desk.part(ready.fulfilment_id, {1: 1}, pin, missing=missing, missing_choice=pb.MISSING_CHOICE_ASK)
    request = rerouting_pb.GetPickupChoiceRequest(order_id=order.order_id)
    shown = await rig.call(asked.stub.GetPickupChoice, request)
    assert [(one.sku, one.quantity) for one in shown.choice.lines] == [("SCARF", 1)]
    return order, shown.token


@pytest.mark.parametrize("silent", [False, True])
async def test_the_missing_one_is_given_up_as_he_chose_or_never_did(rig: Rig, silent: bool) -> None:
    asked = Asked(rig)
    order, token = await _short(rig, asked)
    if silent:
        rig.clock.advance(hours=25)
    else:
        await asked.choose(token, "CANCEL")

    async def ended() -> bool:
        (shown,) = (await rig.get(order.order_id)).lines
        return [(one.first, one.last) for one in shown.cancelled_units] == [(1, 1)]

    await eventually(ended)
    await Till(rig).quiet()
    assert await rig.proofs() == {}


async def test_the_missing_one_is_laid_out_in_another_store(rig: Rig) -> None:
    asked = Asked(rig)
    order, token = await _short(rig, asked)
    await asked.choose(token, "COLLECT", "TPE02")
    assert await asked.tasks(order.order_id) == [("TPE01", "PARTIALLY_HANDED_OVER"), ("TPE02", "PLACED")]
    task = [one for one in (await rig.get(order.order_id)).fulfilments if one.location_id == "TPE02"]
    assert [(one.first_unit, one.quantity) for one in task[0].lines] == [(1, 1)]
    await Till(rig).quiet()
    assert await rig.proofs() == {}
