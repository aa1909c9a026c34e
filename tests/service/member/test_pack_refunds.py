"""Refunds of packs go where the brand's programme says: into credit, or back to what paid for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from omo.member.v1 import member_events_pb2
from services.member.prepaid import store_refunds
from services.member.prepaid.domain import InvoiceTiming, Program, RefundTo
from services.member.value import store
from services.member.value.domain import Unknown, Use
from tests.service.member.events import events
from tests.service.member.value_rig import PREPAID, Purse, new, purse

__all__ = ["purse"]

CUPS = Program(new(), "二十杯", "LATTE", 20, 1600, 110, 30, (), True, InvoiceTiming.AT_PURCHASE, True, RefundTo.TENDER)
_FIRST = (datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


async def ended(purse: Purse, drunk: int) -> tuple[str, str, str]:
    """Somebody whose pack ended, the pack, and the order that had sold it."""
    shopper, order_id = await purse.member(), new()
    async with purse.acting() as tx:
        await purse.prepaid.put(tx, CUPS)
        pack = await purse.prepaid.sell(tx, CUPS.program_id, shopper, "TPE01", order_id)
        # what is said later is for packs that are sold later
        await purse.prepaid.put(tx, replace(CUPS, refund_to=RefundTo.CREDIT))
        (lot,) = await store.of_source(tx, pack.pack_id)
        await purse.prepaid.redeem(tx, shopper, Use(PREPAID, lot.lot_id, quantity=drunk, sku="LATTE"), "TPE01")
    purse.now += timedelta(days=30)
    await purse.sweep()
    await purse.sweep()
    return shopper, pack.pack_id, order_id


async def test_1050_are_owed_to_what_paid_for_the_pack_until_somebody_pays_them_back(purse: Purse) -> None:
    shopper, pack_id, order_id = await ended(purse, 5)
    assert await purse.sums(shopper) == (0, 0, 0, 0), "no credit"
    (told,) = await events(purse.db, member_events_pb2.PrepaidRefundDue)
    assert (told.pack_id, told.member_id, told.order_id, told.location_id) == (pack_id, shopper, order_id, "TPE01")
    assert told.amount == 1050
    async with purse.db.read() as tx:
        (due,) = await store_refunds.due(tx, _FIRST, 10)
    assert (due["amount"], due["buyer_id"], due["order_id"]) == (1050, shopper, order_id)
    await purse.proved()
    async with purse.acting() as tx:
        assert await purse.prepaid.settle(tx, pack_id, "re_1") == 1050
        assert list(await store_refunds.due(tx, _FIRST, 10)) == []
        with pytest.raises(Unknown):
            await purse.prepaid.settle(tx, pack_id, "re_2")
    await purse.proved()


async def test_a_pack_that_is_drunk_owes_nothing(purse: Purse) -> None:
    _, pack_id, _ = await ended(purse, 15)
    assert await events(purse.db, member_events_pb2.PrepaidRefundDue) == []
    with pytest.raises(Unknown):
        async with purse.acting() as tx:
            await purse.prepaid.settle(tx, pack_id, "re_1")
