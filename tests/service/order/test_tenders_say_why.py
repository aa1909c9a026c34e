"""The tender journal says who moved money, at which terminal and why."""

from collections.abc import AsyncIterator

import pytest_asyncio

from omo.order.v1 import order_service_pb2 as pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.returns_rig import TILL, Till
from tests.service.order.rig import Rig, eventually
from tests.service.order.test_payments_at_tills import take, till

# entry, kind of actor, his id, his terminal, why
Said = tuple[str, str, str, str, str]
COUNTER = pb.PaymentChoice(provider="counter", instrument_token="till")


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


async def test_cash_that_a_till_gave_back_says_at_which_till_and_why(rig: Rig) -> None:
    counter = Till(rig)
    sale = counter.sale(tenders=[{"kind": 1, "amount": 9000}])
    await counter.send(sale, counter.back(sale.sale_id))
    who = ("device", TILL, TILL)
    assert await said(rig, sale.sale_id, "CAPTURED", "REFUNDED") == [
        ("CAPTURED", *who, ""), ("REFUNDED", *who, "WRONG_SIZE"),
    ]  # fmt: skip


async def test_what_a_console_cancels_says_at_which_terminal_and_why(rig: Rig) -> None:
    order, who = await rig.place(), ("staff", "A102", TILL)
    await cancel(rig, order.order_id, "OUT_OF_STOCK")
    assert await ended(rig, order.order_id, "VOIDED") == [("VOIDED", *who, "OUT_OF_STOCK")]
    # what a till had received for it, it hands out again
    order = await rig.place(payment=COUNTER)
    await take(rig, order.order_id, 3000)
    await cancel(rig, order.order_id, "OUT_OF_STOCK")
    await ended(rig, order.order_id, "VOIDED")
    await till(rig, "GiveTender", order.order_id, console(rig), request_id=f"g-{order.order_id}", amount=3000)
    assert await said(rig, order.order_id, "GIVEN") == [("GIVEN", *who, "OUT_OF_STOCK")]


async def test_words_that_somebody_typed_stay_where_they_can_be_forgotten(rig: Rig) -> None:
    order = await rig.place()
    await cancel(rig, order.order_id, "Ms Lin called: she moved away")
    assert await ended(rig, order.order_id, "VOIDED") == [("VOIDED", "staff", "A102", TILL, "IN_WORDS")]
    assert (await rig.get(order.order_id)).reason == "Ms Lin called: she moved away"
