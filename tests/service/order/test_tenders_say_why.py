"""The tender journal, and the smaller ones, say who did it, at which terminal and why; shoppers are not told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import noshow_service_pb2 as noshow_pb
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import payment_service_pb2 as payment_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.returns_rig import TILL, Counter, Till
from tests.service.order.rig import MEMBER, Rig, eventually, line
from tests.service.order.test_noshows import Court
from tests.service.order.test_payments_at_tills import take, till

# entry, kind of actor, his id, his terminal, why
Said = tuple[str, str, str, str, str]
COUNTER = pb.PaymentChoice(provider="counter", instrument_token="till")
AT_CONSOLE, AT_TILL = ("staff", "A102", TILL), ("device", TILL, TILL)
FEE = noshow_pb.NoShowStep(count=1, measure=noshow_pb.NO_SHOW_MEASURE_HOLD_FEE, fee=100)

# tables that say who and not at which terminal, each with its reason
WITHOUT_TERMINAL = {
    "rule_sets": "headquarters' alone",
    "return_policies": "headquarters' alone",
    "noshow_policies": "headquarters' alone",
    "pickup_policies": "headquarters' alone",
    "order_edit_policies": "headquarters' alone",
    "shipping_terms": "headquarters' alone",
    "shipping_fees": "headquarters' alone",
    "invoice_terms": "headquarters' alone",
    "preorder_offers": "headquarters' alone",
    "interventions": "headquarters' alone, or an operator's",
    "invoice_allowances": "follows from a refund, which says it",
    "pick_lists": "a walk along shelves: each task's steps say it",
    "pickup_hours": "when a store is open: no money, points or goods move",
}


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        yield running


def console(rig: Rig) -> str:
    """A manager who logged in on an enrolled terminal."""
    who = {"roles": ["manager"], "locations": ["TPE01"], "staff_code": "A102"}
    return rig.issuer.token("staff", "A102", terminal=TILL, **who)


async def said(rig: Rig, order_id: str, *entries: str) -> list[Said]:
    rows = await rig.rows(
        "SELECT entry, actor_kind, actor_id, actor_terminal_id, reason FROM order_tenders "
        "WHERE order_id = $1 AND entry = ANY($2) ORDER BY record_time, entry", order_id, list(entries),
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def ended(rig: Rig, order_id: str, entry: str) -> list[Said]:
    """What the journal says once the money moved."""
    return await eventually(lambda: said(rig, order_id, entry))  # type: ignore[no-any-return]


async def cancel(rig: Rig, order_id: str, reason: str) -> None:
    ask = pb.CancelOrderRequest(request_id=f"c-{order_id}", order_id=order_id, reason=reason)
    await rig.call(rig.orders.CancelOrder, ask, console(rig))


@pytest_asyncio.fixture(scope="module")
async def put_back(rig: Rig) -> str:
    """An order that nobody collected: a store puts it back at a terminal, and a fee is kept."""
    court = Court(rig, Store(rig))
    await court.terms(FEE)
    order_id, task = await court.expired()
    answer = await court.do("ReturnToShelf", console(rig), fulfilment_id=task)
    assert (answer.no_show.actor.terminal_id, answer.no_show.reason) == (TILL, "PUT_BACK")
    return order_id


@pytest_asyncio.fixture(scope="module")
async def brought_back(rig: Rig) -> str:
    """A sale of which a till took a part back."""
    counter = Till(rig)
    sale = counter.sale(tenders=[{"kind": 1, "amount": 9000}])
    await counter.send(sale, counter.back(sale.sale_id))
    return sale.sale_id


async def test_cash_that_a_till_gave_back_says_at_which_till_and_why(rig: Rig, brought_back: str) -> None:
    assert await said(rig, brought_back, "CAPTURED", "REFUNDED") == [
        ("CAPTURED", *AT_TILL, ""), ("REFUNDED", *AT_TILL, "WRONG_SIZE"),
    ]  # fmt: skip


async def test_what_a_console_cancels_says_at_which_terminal_and_why(rig: Rig) -> None:
    order, who = await rig.place(), AT_CONSOLE
    await cancel(rig, order.order_id, "OUT_OF_STOCK")
    assert await ended(rig, order.order_id, "VOIDED") == [("VOIDED", *who, "OUT_OF_STOCK")]
    # what a till had received for it, it hands out again
    order = await rig.place(payment=COUNTER)
    await take(rig, order.order_id, 3000)
    await cancel(rig, order.order_id, "OUT_OF_STOCK")
    await ended(rig, order.order_id, "VOIDED")
    await till(rig, "GiveTender", order.order_id, console(rig), request_id=f"g-{order.order_id}", amount=3000)
    assert await said(rig, order.order_id, "GIVEN") == [("GIVEN", *who, "OUT_OF_STOCK")]
    moved = (await till(rig, "GetOutstanding", order.order_id)).movements
    assert [(one.actor.terminal_id, one.reason) for one in moved] == [("", ""), (TILL, "OUT_OF_STOCK")]


async def test_words_that_somebody_typed_stay_where_they_can_be_forgotten(rig: Rig) -> None:
    order = await rig.place()
    await cancel(rig, order.order_id, "Ms Lin called: she moved away")
    assert await ended(rig, order.order_id, "VOIDED") == [("VOIDED", "staff", "A102", TILL, "IN_WORDS")]
    assert (await rig.get(order.order_id)).reason == "Ms Lin called: she moved away"
    sent = line("SCARF", method=rigs.SHIP, fulfilment_location_id="WH1")
    store, order = Store(rig), await rig.place(lines=[line(), sent])
    ready = await store.made_ready(order.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    await cancel(rig, order.order_id, "Ms Lin called: she moved away")
    (gone,) = await rig.rows("SELECT reason FROM cancelled_units WHERE order_id = $1", order.order_id)
    assert gone["reason"] == "IN_WORDS"


@pytest.mark.parametrize(
    ("journal", "said_so"),
    [
        ("noshows", (*AT_CONSOLE, "PUT_BACK")),
        ("cancelled_units", (*AT_CONSOLE, "NOT_COLLECTED")),
        ("refunds", (*AT_TILL, "WRONG_SIZE")),
    ],
)
async def test_the_smaller_journals_say_who_where_and_why(
    rig: Rig, put_back: str, brought_back: str, journal: str, said_so: tuple[str, ...]
) -> None:
    found = await rig.rows(
        f"SELECT actor_kind, actor_id, actor_terminal_id, reason FROM {journal} WHERE order_id = ANY($1)",
        [put_back, brought_back],
    )
    assert [tuple(row) for row in found] == [said_so]


async def test_headquarters_are_shown_who_and_where_and_shoppers_are_not(rig: Rig, put_back: str) -> None:
    asked, court = pb.GetOrderRequest(order_id=put_back), Court(rig, Store(rig))
    ours, his = [(await rig.call(rig.orders.GetOrder, asked, token)).order for token in (rig.hq(), rig.member())]
    gone = [shown.lines[0].cancelled_units[0] for shown in (ours, his)]
    assert [one.actor.terminal_id for one in gone] == [TILL, ""]
    assert [one.reason for one in gone] == ["NOT_COLLECTED"] * 2
    assert not any(one.HasField("actor") or one.reason for shown in (ours, his) for one in shown.tenders)
    standing: list[Any] = [
        (await court.do("GetPickupStanding", token, member_id=MEMBER)).no_shows[0] for token in (rig.hq(), rig.member())
    ]
    assert [(one.order_id, one.actor.id, one.reason) for one in standing] == [
        (put_back, "A102", "PUT_BACK"), (put_back, "", ""),
    ]  # fmt: skip


async def test_headquarters_read_each_movement_of_money_with_who_where_and_why(rig: Rig, brought_back: str) -> None:
    listed = payment_pb.ListPaymentsRequest(order_id=brought_back)
    moved = (await rig.call(rig.payments.ListPayments, listed, rig.hq())).tenders
    assert [(one.actor.id, one.actor.terminal_id, one.reason) for one in moved] == [
        (TILL, TILL, ""), (TILL, TILL, "WRONG_SIZE"),
    ]  # fmt: skip
    assert all(one.HasField("business_time") for one in moved)
    (refund,) = await rig.rows("SELECT refund_id FROM refunds WHERE order_id = $1", brought_back)
    board = await Counter(rig).board(refund["refund_id"])
    assert (board.granted_by.terminal_id, board.grant_reason) == (TILL, "WRONG_SIZE")


async def test_every_table_that_says_who_says_where(rig: Rig) -> None:
    found = await rig.rows(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        " GROUP BY relname HAVING bool_or(attname = 'actor_kind') "
        " AND NOT bool_or(attname IN ('actor_terminal_id', 'terminal_id'))"
    )
    assert {row["relname"] for row in found} == WITHOUT_TERMINAL.keys(), "add the column, or the reason"
