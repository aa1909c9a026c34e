"""What people write stays with the order: no event carries it, whatever field they write it into."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit.ids import uuid7
from kit.timers import Due
from omo.order.v1 import order_events_pb2, privacy_events_pb2, promotion_events_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2 as rules_pb
from services.order.privacy.usecases import Persons
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import MEMBER, Rig

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


async def test_a_person_with_an_open_order_waits_and_then_leaves_an_order_that_tells_of_nobody(rig: Rig) -> None:
    """What was bought stays as a book; who collected it, and what somebody wrote, goes."""
    order = await rig.place(masked_name=PERSON)
    persons, erasure_id = rig.parts.persons, uuid7()
    async with rig.db.transaction() as tx:
        await persons.ask(tx, erasure_id, 1, [MEMBER])
    ask = pb.CancelOrderRequest(request_id=uuid7(), order_id=order.order_id, reason=TEXT)
    await rig.call(rig.orders.CancelOrder, ask)
    async with rig.db.transaction() as tx:
        await persons.ask(tx, erasure_id, 2, [MEMBER])
        await persons.scrub(tx, erasure_id, [MEMBER])
        await persons.scrub(tx, erasure_id, [MEMBER])
    first, second, receipt, again = [
        privacy_events_pb2.ErasureAnswered.FromString(payload).answer
        for payload in (await told(rig))["ErasureAnswered"]
    ]
    assert [(one.reason, one.subject_id) for one in first.blockers] == [("OPEN_ORDER", order.order_id)]
    assert (list(second.blockers), receipt.scrubbed, receipt.rows, again.rows) == ([], True, 2, 0)
    left = await rig.get(order.order_id)
    assert (left.reason, left.contact_id, left.totals.grand_total) == ("ERASED", "", order.totals.grand_total)


async def test_what_a_person_takes_along_is_delivered_however_often_it_is_tried(rig: Rig) -> None:
    order = await rig.place(masked_name=PERSON)
    given: list[Any] = []

    class Member:
        async def DeliverExportPart(self, request: Any, timeout: float) -> None:
            given.append(request)

    persons = Persons(rig.db, rig.clock, Member())  # type: ignore[arg-type]
    export_id = uuid7()
    for _ in range(2):  # a crash between the last piece and the timer's end
        async with rig.db.transaction() as tx:
            await persons.start(tx, export_id, [MEMBER])
        row = await rig.rows(
            "SELECT kind, key, payload, attempt, fence, due_time FROM timers WHERE key = $1", export_id
        )
        await persons.deliver(Due(**row[0]))
    assert [(one.number, one.last, one.service) for one in given] == [(0, True, "order")] * 2
    kept = json.loads(given[0].data)
    assert [one["order_id"] for one in kept["orders"]] == [order.order_id]
    assert kept["order_lines"]
