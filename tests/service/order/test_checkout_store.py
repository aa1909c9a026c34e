"""Orders are written whole, once, in one round trip."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from kit.ids import uuid7
from kit.postgres import Database
from kit.requests import Request
from services.order.checkout import store_placing, store_quotes
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
from services.order.checkout.domain_saga import Checkout, Step
from services.order.checkout.store_placing import PLACE_ORDER, Beginning

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
LEASE = timedelta(seconds=15)
Open = Callable[[str], Awaitable[Database]]


def wanted(skus: int = 2) -> Beginning:
    """A checkout as it begins."""
    order = _order(uuid7(), skus)
    asked = Request("member:m1", PLACE_ORDER, order.order_id, b"")
    saga = Checkout(order.order_id, Step.PLACE, "simulator", "sim_ok", "", "", asked.principal, asked.request_id, AT)
    return Beginning(order, asked, saga)


def _order(order_id: str, skus: int) -> Order:
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
            method=Method.SHIP,
            fulfilment_location_id="WH1",
        )
        for number in range(1, skus + 1)
    )
    sums = totals(lines, tax_included=True)
    return Order(
        order_id=order_id,
        order_no=order_id,
        state=State.PENDING,
        channel_kind=ChannelKind.ONLINE,
        channel_id="web",
        business_time=AT,
        currency="TWD",
        tax_included=True,
        totals=sums,
        lines=lines,
        tenders=(TenderEntry(1, Entry.REQUESTED, "PROVIDER", sums.grand_total, AT),),
        actor_kind="member",
        actor_id="m1",
    )


async def test_orders_are_stored_once_and_whole(database: Open) -> None:
    db = await database("order")
    first, second, third = wanted(), wanted(skus=3), wanted()
    async with db.transaction() as tx:
        begun = await store_placing.begin(tx, [first, second], LEASE)
        assert set(begun) == {first.order.order_id, second.order.order_id}
    # the same request, as another replica would begin it
    again = replace(wanted(), request=first.request)
    async with db.transaction() as tx:
        assert set(await store_placing.begin(tx, [again, third], LEASE)) == {third.order.order_id}
        counts = await tx.fetchrow(
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines), "
            "(SELECT sum(amount) FROM order_tenders), (SELECT count(*) FROM order_places)"
        )
    assert tuple(counts or ()) == (3, 7, 7 * 290, 3)


async def test_the_tender_journal_cannot_be_changed(database: Open) -> None:
    db = await database("order")
    async with db.transaction() as tx:
        await store_placing.begin(tx, [wanted()], LEASE)
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
