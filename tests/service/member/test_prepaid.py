"""Prepaid goods and vouchers for tills without a line: sold, taken, given, settled, ended."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kit.leases import Due
from omo.member.v1 import prepaid_service_pb2 as prepaid_pb
from services.member.prepaid import store as prepaid_store
from services.member.prepaid import wire as prepaid_wire
from services.member.prepaid.domain import InvoiceTiming, Program
from services.member.value import store
from services.member.value import usecases as ending
from services.member.value.domain import Insufficient, Kind, Mismatch, Use
from services.member.vouchers import store as vouchers_store
from services.member.vouchers.domain import VoucherLimit
from tests.service.member.value_rig import (
    NOW,
    PREPAID,
    Purse,
    confirmed,
    new,
    pays,
    purse,
    sold,
)

__all__ = ["purse"]


CUPS = Program(new(), "二十杯", "LATTE", 20, 1600, 110, 30, ("LATTE-L",), True, InvoiceTiming.AT_PURCHASE, active=True)


async def cups(purse: Purse, shopper: str, at: str = "TPE01") -> str:
    async with purse.acting() as tx:
        await purse.prepaid.put(tx, CUPS)
        pack = await purse.prepaid.sell(tx, CUPS.program_id, shopper, at, None)
        (lot,) = await store.of_source(tx, pack.pack_id)
    return lot.lot_id


async def drink(purse: Purse, shopper: str, lot_id: str, many: int, at: str, sku: str = "LATTE") -> Any:
    async with purse.acting() as tx:
        worth = 110 if sku != "LATTE" else 0
        return await purse.prepaid.redeem(
            tx, shopper, Use(PREPAID, lot_id, quantity=many, sku=sku, unit_value=worth), at
        )


async def test_twenty_cups_of_which_five_are_drunk_give_1050_back(purse: Purse) -> None:
    """Features M17: 1,600 - 110 x 5 = 1,050; units given away count, and are refunded to the buyer."""
    shopper, friend = await purse.member(), await purse.member()
    lot_id = await cups(purse, shopper)
    async with purse.acting() as tx:
        await purse.prepaid.gift(tx, shopper, lot_id, 2, friend)
    (given,) = await purse.lots(friend)
    await drink(purse, friend, given.lot_id, 1, "TPE02")
    await drink(purse, shopper, lot_id, 1, "TPE01")
    await drink(purse, shopper, lot_id, 2, "TXG01")
    order_id = new()  # at a till without a line
    await purse.hear(sold(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE"), at="TPE02"))
    assert (await purse.one(lot_id)).active == 14
    with pytest.raises(Insufficient):
        await drink(purse, shopper, lot_id, 15, "TPE01")
    with pytest.raises(Mismatch):
        await drink(purse, shopper, lot_id, 1, "TPE01", "MOCHA")
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (1050, 0, 0, 0)
    assert await purse.sums(friend) == (0, 0, 0, 0)
    await purse.sweep()
    assert await purse.sums(shopper) == (1050, 0, 0, 0)
    async with purse.db.read() as tx:
        ended = await prepaid_store.ended(tx, NOW, NOW + timedelta(days=31))
        owed = [prepaid_wire.settlement(dict(row)) for row in await prepaid_store.settlements(tx, NOW, purse.now)]
    (report,) = prepaid_wire.breakage(ended)
    assert (report.packs, report.units, report.redeemed, report.expired) == (1, 20, 5, 15)
    assert (report.paid, report.refunded, report.breakage) == (1600, 1050, 150)
    assert [(each.redeemer_location_id, each.units, each.amount) for each in owed] == [
        ("TPE02", 2, 160),
        ("TXG01", 2, 160),
    ]
    await purse.proved()


async def test_a_pack_that_was_drunk_beyond_its_price_gives_nothing_back(purse: Purse) -> None:
    shopper = await purse.member()
    lot_id = await cups(purse, shopper)
    await drink(purse, shopper, lot_id, 15, "TPE01")
    await drink(purse, shopper, lot_id, 1, "TPE01", "LATTE-L")
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (0, 0, 0, 0)
    await purse.proved()


async def test_a_pack_waits_for_an_order_under_way(purse: Purse) -> None:
    shopper, order_id = await purse.member(), new()
    lot_id = await cups(purse, shopper)
    await purse.hold(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE"))
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(shopper) == (0, 0, 0, 0)
    await purse.hear(confirmed(order_id, shopper, Use(PREPAID, lot_id, quantity=1, sku="LATTE")))
    purse.now += timedelta(hours=1)
    await purse.sweep()
    assert await purse.sums(shopper) == (1490, 0, 0, 0)
    await purse.proved()


async def test_what_waits_keeps_nobody_behind_it_from_his_end(purse: Purse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "LIMIT", 2)
    for _ in range(5):
        waits = await purse.member()
        await purse.hold(new(), waits, Use(PREPAID, await cups(purse, waits), quantity=1, sku="LATTE"))
    last = await purse.member()
    await cups(purse, last)
    purse.now += timedelta(days=30)
    await purse.sweep()
    assert await purse.sums(last) == (1600, 0, 0, 0)
    await purse.proved()


def test_the_invoice_goes_with_the_pack_or_with_each_unit() -> None:
    shown = prepaid_wire.shown(replace(CUPS, invoice_timing=InvoiceTiming.AT_REDEMPTION))
    assert shown.invoice_timing == prepaid_pb.INVOICE_TIMING_AT_REDEMPTION
    assert prepaid_wire.program(shown).invoice_timing is InvoiceTiming.AT_REDEMPTION


async def voucher(purse: Purse, shopper: str, kind: Kind, amount: int) -> Any:
    async with purse.acting() as tx:
        return await purse.vouchers.issue(tx, shopper, "till 1", kind, amount)


async def test_an_offline_voucher_holds_is_settled_by_sales_and_returns_the_rest(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 500)
    out = await voucher(purse, shopper, Kind.CREDIT, 300)
    assert await purse.sums(shopper) == (200, 300, 0, 0)
    with pytest.raises(VoucherLimit):
        await voucher(purse, shopper, Kind.CREDIT, 100)
    with pytest.raises(Insufficient):
        await purse.hold(new(), shopper, pays(201))
    sale = sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 120))
    await purse.hear(sale)
    await purse.hear(sale)
    assert await purse.sums(shopper) == (200, 180, 120, 0)
    async with purse.acting() as tx:
        await purse.vouchers.end(tx, Due("", out.voucher_id))
    assert await purse.sums(shopper) == (380, 0, 120, 0)
    await purse.proved()


async def test_a_voucher_shown_twice_is_settled_once_and_the_rest_is_owed(purse: Purse) -> None:
    shopper = await purse.member()
    await purse.credit(shopper, 300)
    out = await voucher(purse, shopper, Kind.CREDIT, 300)
    await purse.hear(
        sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 200)),
        sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 250)),
    )
    assert await purse.sums(shopper) == (0, 0, 450, 150)
    async with purse.db.read() as tx:
        (kept,) = await vouchers_store.of_members(tx, [shopper])
    assert (kept.settled, kept.end_time is not None) == (300, True)
    await purse.proved()


async def test_points_are_spent_without_a_line_too(purse: Purse) -> None:
    shopper = await purse.member()
    async with purse.acting() as tx:
        await purse.points.adjust(tx, shopper, 400, "test", new())
    out = await voucher(purse, shopper, Kind.POINTS, 300)
    event = sold(new(), shopper)
    event.sales[0].points_spent = 80
    event.sales[0].spends.add(kind=1, ref=out.voucher_id, amount=80)
    await purse.hear(event)
    async with purse.db.read() as tx:
        (row,) = await tx.fetch("SELECT active, held, spent, debt FROM points_balances WHERE member_id = $1", shopper)
    assert tuple(row) == (100, 220, 80, 0)
    await purse.proved()


async def test_what_was_spent_offline_counts_also_of_a_member_whose_value_is_frozen(purse: Purse) -> None:
    shopper, sale_id = await purse.member(), new()
    await purse.credit(shopper, 300)
    out = await voucher(purse, shopper, Kind.CREDIT, 200)
    await purse.hold(sale_id, shopper, pays(50), till="till 1")
    async with purse.db.transaction() as tx:
        await tx.execute("UPDATE members SET value_frozen_time = $2 WHERE member_id = $1", shopper, purse.now)
    await purse.hear(sold(new(), shopper, Use(Kind.CREDIT, out.voucher_id, 120)))
    assert await purse.sums(shopper) == (50, 130, 120, 0)
    await purse.hear(sold(sale_id, shopper, Use(Kind.CREDIT, out.voucher_id, 80)))
    assert await purse.sums(shopper) == (100, 0, 200, 0), "held by line and paid by voucher: paid once"
    await purse.proved()
