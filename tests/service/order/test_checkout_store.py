"""Orders are written whole, once, in one round trip."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from kit.ids import uuid7
from kit.postgres import Database
from services.order.checkout import store, store_quotes
from services.order.checkout.domain import (
    ChannelKind,
    Discount,
    Entry,
    Line,
    Method,
    Order,
    State,
    TenderEntry,
    UnitRun,
    totals,
)

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
Open = Callable[[str], Awaitable[Database]]


def sold(order_id: str, skus: int = 2) -> Order:
    lines = tuple(
        Line(
            line_no=number,
            sku=f"SKU-{number}",
            name="",
            quantity=3,
            by_measure=False,
            list_total=300,
            net_total=290,
            tax_total=14,
            points_value=0,
            earn_base=290,
            discounts=(Discount("r1", "1", "order", 10),),
            units=(UnitRun(0, 0, 100, 96, 5, 0, (4,)), UnitRun(1, 2, 100, 97, 5, 0, (3,))),
            method=Method.CARRY_OUT,
        )
        for number in range(1, skus + 1)
    )
    sums = totals(lines, tax_included=True)
    return Order(
        order_id=order_id,
        order_no="R-1",
        state=State.CONFIRMED,
        channel_kind=ChannelKind.STORE,
        channel_id="stores",
        business_time=AT,
        currency="TWD",
        tax_included=True,
        totals=sums,
        lines=lines,
        tenders=(TenderEntry(1, Entry.CAPTURED, "CASH", sums.grand_total, AT),),
        location_id="TPE01",
        terminal_id="T1",
        review_flags=("UNKNOWN_SKU",),
        actor_kind="device",
        actor_id="T1",
    )


async def test_orders_are_stored_once_and_whole(database: Open) -> None:
    db = await database("order")
    first, second = sold(uuid7()), sold(uuid7(), skus=3)
    async with db.transaction() as tx:
        assert await store.insert(tx, [first, second]) == {first.order_id, second.order_id}
    async with db.transaction() as tx:
        assert await store.insert(tx, [first, third := sold(uuid7())]) == {third.order_id}
        counts = await tx.fetchrow(
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines), "
            "(SELECT sum(amount) FROM order_tenders), (SELECT count(*) FROM order_places)"
        )
    assert tuple(counts or ()) == (3, 7, 7 * 290, 0)


async def test_the_tender_journal_cannot_be_changed(database: Open) -> None:
    db = await database("order")
    async with db.transaction() as tx:
        await store.insert(tx, [sold(uuid7())])
    for change in ("UPDATE order_tenders SET amount = 0", "DELETE FROM order_tenders"):
        async with db.read() as tx:
            with pytest.raises(asyncpg.RaiseError, match="journal"):
                await tx.execute(change)


async def test_quotes_of_a_rush_are_swept_in_pieces(database: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one statement they would run into its timeout, and so would every sweep after it."""
    db = await database("order")
    monkeypatch.setattr(store_quotes, "_PIECE", 10)
    monkeypatch.setattr(store_quotes, "_PIECES", 3)
    async with db.transaction() as tx:
        old = [(uuid7(), AT - timedelta(seconds=number), b"") for number in range(1, 36)]
        await tx.executemany("INSERT INTO quotes (quote_id, expire_time, document) VALUES ($1, $2, $3)", old)
        await tx.execute("INSERT INTO quotes (quote_id, expire_time, document) VALUES ($1, $2, '')", uuid7(), AT)
        left = []
        for _ in range(3):
            await store_quotes.sweep(tx, AT)
            left.append(await tx.fetchval("SELECT count(*) FROM quotes"))
    assert left == [6, 1, 1]
