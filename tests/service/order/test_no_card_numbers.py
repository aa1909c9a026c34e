"""Nobody gets a card's number into our rows, events or logs, wherever he types it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit import pan
from omo.order.v1 import order_edit_service_pb2 as edit_pb
from omo.order.v1 import order_edit_service_pb2_grpc as edit_rpc
from omo.order.v1 import order_service_pb2 as pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import OTHER, wish
from tests.service.order.cart_rig import Carts, coat
from tests.service.order.rig import CONFIRMED, Rig, eventually
from tests.service.order.test_split_payments import part, split

CARD = "4111 1111 1111 1111"
_TABLES = """
SELECT table_name FROM information_schema.tables
 WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases, slow=0.1) as running:
        yield running


def choice(token: str = "sim_ok", url: str = "") -> pb.PaymentChoice:
    return pb.PaymentChoice(provider="simulator", instrument_token=token, return_url=url)


async def test_a_card_s_number_is_refused_by_the_field_s_name(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    tries: list[tuple[Any, str]] = [
        (wish(payment=choice(CARD)), "payment.instrument_token"),
        (wish(payment=choice("pm 4111-1111-1111-1111")), "payment.instrument_token"),
        (wish(payment=choice(url=f"https://shop.example/?card={CARD.replace(' ', '')}")), "payment.return_url"),
        (split(part(amount=1000), part("4111111111111111")), "payments[1].instrument_token"),
        (wish(masked_name=CARD), "masked_name"),
        (wish(staff_link_token=CARD), "staff_link_token"),
    ]
    for asked, field in tries:
        refused = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
        assert (refused.reason, refused.metadata["field"]) == ("FIELD_INVALID", field)
    carts = Carts(rig)
    refused = await rig.fault(carts.check_out(await carts.change(adds=[coat()]), payment=choice(CARD)))
    assert refused.metadata["field"] == "payment.instrument_token"
    changed = edit_pb.ApplyEditRequest(request_id="e1", order_id=OTHER, version=1, payment=choice(CARD))
    edits = edit_rpc.OrderEditServiceStub(rig.channel)
    assert (await rig.fault(rig.call(edits.ApplyEdit, changed))).metadata["field"] == "payment.instrument_token"
    orders = [(await rig.call(rig.orders.PlaceOrder, asked)).order for asked in (wish(), split(part(amount=1), part()))]
    assert {order.state for order in orders} == {CONFIRMED}
    for order in orders:
        ask = pb.CancelOrderRequest(request_id=f"c-{order.order_id}", order_id=order.order_id, reason=f"card {CARD}")
        assert (await rig.fault(rig.call(rig.orders.CancelOrder, ask))).metadata["field"] == "reason"

    async def quiet() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE next_time <= now()")

    await eventually(quiet)
    said = capfd.readouterr()
    await _nothing_anywhere(rig, said.out + said.err)


async def _nothing_anywhere(rig: Rig, logs: str) -> None:
    """Every row of every table as text, every event's bytes, and all that was logged."""
    scanned = 0
    for row in await rig.rows(_TABLES):
        for each in await rig.rows(f'SELECT t::text FROM "{row[0]}" AS t'):
            scanned += 1
            assert not list(pan.found(re.sub(r"\\\\x[0-9a-f]+", "", each[0]))), row[0]
    events = await rig.rows("SELECT payload FROM outbox UNION ALL SELECT answer FROM requests WHERE answer IS NOT NULL")
    for each in events:
        assert not list(pan.found(each[0].decode(errors="replace")))
    assert scanned > 20
    assert len(events) > 2
    assert not list(pan.found(logs))
    assert CARD not in logs
