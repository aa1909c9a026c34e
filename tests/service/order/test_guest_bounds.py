"""How far ahead a guest may order, and how much at once that nobody has paid."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from kit.errors import Fault
from tests.harness.databases import Databases
from tests.service.order import ahead_rig
from tests.service.order import rig as rigs
from tests.service.order.edits_rig import apply, more, wish
from tests.service.order.rig import CONFIRMED, PENDING_PAYMENT, Rig, line
from tests.service.order.test_guests import STRANGER, cancel_by_link, place, sealed, secret


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_what_is_released_when_nobody_knows_him_any_more_is_not_for_guests(rig: Rig) -> None:
    """His contact goes with his key: a preorder of next year would have no address by then."""
    late = rig.clock() + timedelta(days=61)
    await ahead_rig.put(rig, release_time=late)
    fault = await rig.fault(place(rig, lines=[line("SCARF")]))
    assert (fault.reason, fault.metadata["field"], fault.metadata["sku"]) == ("GUEST_REFUSED", "lines", "SCARF")
    his = await place(rig, lines=[line()])
    added = await rig.fault(apply(rig, wish(his.order_id, his.version, more("SCARF"))))
    assert added.reason == "GUEST_REFUSED", "neither by way of a change"
    assert (await rig.place(lines=[line("SCARF")])).state == CONFIRMED, "a member has it"
    await ahead_rig.put(rig, release_time=rig.clock() + timedelta(days=59))
    assert (await place(rig, lines=[line("SCARF")])).state == CONFIRMED


async def test_a_guest_keeps_goods_for_a_few_orders_that_nobody_has_paid(rig: Rig) -> None:
    contact = sealed()
    waiting = [await place(rig, instrument="sim_redirect", contact_id=contact, request_id=f"k{n}") for n in range(3)]
    assert {order.state for order in waiting} == {PENDING_PAYMENT}
    full = await rig.fault(place(rig))
    assert (full.reason, full.metadata["open"]) == ("GUEST_UNPAID", "3")
    again = await place(rig, instrument="sim_redirect", contact_id=contact, request_id="k2")
    assert again.order_id == waiting[2].order_id, "the same request is none more"
    assert (await place(rig, STRANGER)).state == CONFIRMED
    assert (await rig.place()).state == CONFIRMED, "and no member is asked"
    first = waiting[0].order_id
    await cancel_by_link(rig, first, await secret(rig, first))
    assert (await place(rig)).state == CONFIRMED


async def test_who_orders_much_at_once_keeps_no_more(rig: Rig) -> None:
    """He looks before any of them is there, so it is looked at again where they are written."""
    wishes = (place(rig, instrument="sim_redirect") for _ in range(8))
    ended = await asyncio.gather(*wishes, return_exceptions=True)
    refused = [one.reason for one in ended if isinstance(one, Fault)]
    assert refused == ["GUEST_UNPAID"] * 5
    rows = await rig.rows("SELECT state FROM orders WHERE actor_kind = 'guest'")
    assert [row["state"] for row in rows] == ["PENDING_PAYMENT"] * 3
