"""What people write stays with the order: no event carries it, whatever field they write it into."""

from collections.abc import AsyncIterator

import pytest_asyncio

from kit.ids import uuid7
from omo.order.v1 import order_events_pb2, promotion_events_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2 as rules_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import Rig

PERSON, PHONE = "陳小明", "0912345678"
TEXT = f"{PERSON} rang from {PHONE}"
_NO_RULES = '{"version": "x", "rules": []}'


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def told(rig: Rig) -> dict[str, list[bytes]]:
    """The payloads in the outbox, by the event's name."""
    found: dict[str, list[bytes]] = {}
    for row in await rig.rows("SELECT subject, payload FROM outbox"):
        found.setdefault(row["subject"].split(".")[3], []).append(row["payload"])
    return found


async def test_no_event_carries_what_somebody_wrote(rig: Rig) -> None:
    confirmed = await rig.place(masked_name=PERSON)
    waiting = await rig.place(instrument="sim_redirect", masked_name=PERSON)
    for order in (confirmed, waiting):
        ask = pb.CancelOrderRequest(request_id=uuid7(), order_id=order.order_id, reason=TEXT)
        assert (await rig.call(rig.orders.CancelOrder, ask)).order.reason == TEXT
    put = rules_pb.PutRulesRequest(request_id=uuid7(), rules_json=_NO_RULES, reason=TEXT)
    await rig.call(rig.promotions.PutRules, put, rig.hq())
    assert (await rig.get(confirmed.order_id)).reason == TEXT, "who may see the order is told"
    events = await told(rig)
    assert {"OrderConfirmed", "OrderCancelled", "FulfilmentChanged", "RulesChanged"} <= set(events)
    leaks = [
        name for name, payloads in events.items() for payload in payloads for sought in (PERSON, PHONE)
        if sought.encode() in payload
    ]  # fmt: skip
    assert leaks == []
    ended = [order_events_pb2.OrderCancelled.FromString(payload) for payload in events["OrderCancelled"]]
    assert {(event.reason, event.meta.reason) for event in ended} == {("OTHER", "OTHER")}
    (rules,) = [promotion_events_pb2.RulesChanged.FromString(payload) for payload in events["RulesChanged"]]
    assert rules.meta.reason == "OTHER"


async def test_a_word_of_the_list_is_told_as_it_is(rig: Rig) -> None:
    order = await rig.place()
    ask = pb.CancelOrderRequest(request_id=uuid7(), order_id=order.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, ask)
    (payload,) = (await told(rig))["OrderCancelled"]
    assert order_events_pb2.OrderCancelled.FromString(payload).reason == "CHANGED_MIND"
