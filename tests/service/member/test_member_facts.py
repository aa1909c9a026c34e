"""What is known of members follows the books: in any order of arrival, and a proof says so."""

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.commands import facts
from cli.goods.loading import Door
from cli.stack.trouble import Trouble
from kit import audit
from kit.inbox import Event, Inbox
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import segments_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.engagement.joining import PART
from services.member.engagement.personal import HOLDING
from services.member.merging.parts import Merge, Parting
from services.member.segments import store_facts
from services.member.segments.reactions import FactReactions
from services.member.segments.usecases import Facts
from tests.service.member import merging_rig
from tests.service.member.conftest import Place, serving

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def _facts(order_id: str, member_id: str, net: int, *, store: bool, days: int) -> order_facts_pb2.OrderFacts:
    found = order_facts_pb2.OrderFacts(
        order_id=order_id,
        member_id=member_id,
        location_id="TPE01" if store else "",
        channel_kind=channel_pb2.CHANNEL_KIND_STORE if store else channel_pb2.CHANNEL_KIND_ONLINE,
        lines=[order_facts_pb2.LineFacts(line_no=1, sku="S", quantity=2, net_total=net)],
    )
    found.business_time.FromDatetime(NOW - timedelta(days=days))
    return found


def _events(member_id: str) -> list[Any]:
    """Two store sales, one of them given up; an online order that is cancelled, and one of which half returns."""
    first, second, third, fourth = (str(uuid.uuid5(uuid.NAMESPACE_OID, f"{member_id}{n}")) for n in range(4))
    sold = order_events_pb2.SalesRecorded(
        sales=[_facts(first, member_id, 1000, store=True, days=40), _facts(second, member_id, 600, store=True, days=20)]
    )
    gone = order_events_pb2.OrderConfirmed(facts=_facts(third, member_id, 5000, store=False, days=1))
    cancelled = order_events_pb2.OrderCancelled(order_id=third, member_id=member_id, was_confirmed=True)
    online = order_events_pb2.OrderConfirmed(facts=_facts(fourth, member_id, 800, store=False, days=10))
    given_up = order_events_pb2.UnitsCancelled(order_id=second, member_id=member_id)
    given_up.lines.add(net_total=600).unit.line_no = 1
    returned = order_events_pb2.UnitsReturned(order_id=fourth, member_id=member_id, refund_id="r1")
    returned.lines.add(net_total=400).unit.line_no = 1
    for event in (made := [sold, gone, cancelled, online, given_up, returned]):
        event.meta.aggregate_id = member_id  # type: ignore[attr-defined]
    return made


async def _hear(place: Place, events: Sequence[Any]) -> None:
    inbox = Inbox("member", FactReactions(Facts()).ears())
    for event in events:
        event.meta.event_id = str(uuid.uuid4())
    async with place.db.transaction() as tx:
        await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events])


async def _drifts(place: Place) -> list[str]:
    async def nothing() -> int:
        return 0

    proof = audit.AuditServicer(place.db, lambda: NOW, store_facts.CHECKS, nothing)
    reply = await proof.Prove(audit_service_pb2.ProveRequest(), None)
    return [drift.subject for check in reply.checks for drift in check.drifts]


async def test_facts_are_the_same_in_any_order_of_arrival(place: Place) -> None:
    await place.empty()
    dice = random.Random(25)
    members = [str(uuid.UUID(int=number + 1)) for number in range(12)]
    for member_id in members:
        events = _events(member_id)
        dice.shuffle(events)
        for event in events:
            await _hear(place, [event])
        await _hear(place, events[:2])  # told again under new ids: nothing twice
    async with place.db.read() as tx:
        rows = await tx.fetch(
            "SELECT DISTINCT spend, orders, store_orders, online_orders, cycle_days, last_location_id,"
            " last_order_time FROM member_facts"
        )
    assert [tuple(row) for row in rows] == [(1400, 2, 1, 1, 30, "TPE01", NOW - timedelta(days=10))]
    assert await _drifts(place) == []


async def test_the_proof_notices_a_fact_that_was_written_past_the_books(place: Place) -> None:
    await place.empty()
    member_id = str(uuid.UUID(int=7))
    await _hear(place, _events(member_id))
    async with place.db.transaction() as tx:
        await tx.execute("UPDATE member_facts SET spend = spend + 1")
    assert await _drifts(place) == [member_id]


async def test_facts_of_two_who_are_one_and_then_two_again(place: Place) -> None:
    """What came with the absorbed one goes back; what was bought since stays, unless it is said to be his."""
    await place.empty()
    survivor, absorbed = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
    for member_id in (survivor, absorbed):
        await _hear(place, _events(member_id))
    merge = Merge(str(uuid.uuid4()), survivor, absorbed, NOW)
    async with place.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO member_aliases (alias_id, member_id, reason) VALUES ($1, $2, 'MERGE')", absorbed, survivor
        )
        await PART.join(tx, merge)
    assert await _orders(place) == {survivor: 4}
    since, claimed = str(uuid.uuid4()), str(uuid.uuid4())
    for order_id in (since, claimed):
        facts = _facts(order_id, absorbed, 100, store=True, days=0)
        event = order_events_pb2.SalesRecorded(sales=[facts])
        event.meta.aggregate_id = "T1"
        await _hear(place, [event])
    assert await _orders(place) == {survivor: 6}
    async with place.db.transaction() as tx:
        await tx.execute("DELETE FROM member_aliases WHERE alias_id = $1", absorbed)
        await PART.part(tx, merge, Parting(NOW, [absorbed], [claimed]))
    assert await _orders(place) == {survivor: 3, absorbed: 3}
    assert await _drifts(place) == []


async def test_nothing_is_known_of_who_is_forgotten(place: Place) -> None:
    await place.empty()
    member_id = str(uuid.UUID(int=3))
    await _hear(place, _events(member_id))
    async with place.db.transaction() as tx:
        told = await HOLDING.export(tx, [member_id], None)  # type: ignore[arg-type]
        assert told["facts"][0]["orders"] == 2
        assert await HOLDING.erase(tx, [member_id], NOW) > 0
        assert await HOLDING.erase(tx, [member_id], NOW) == 0
    assert await _orders(place) == {}


async def _orders(place: Place) -> dict[str, int]:
    async with place.db.read() as tx:
        return {row["member_id"]: row["orders"] for row in await tx.fetch("SELECT member_id, orders FROM member_facts")}


async def test_what_is_fetched_from_the_other_books_is_what_was_heard(place: Place) -> None:
    """Facts are lost, or are of before there were any: the timeline, handovers and returns still know them."""
    async with serving(place) as member:
        desk = await merging_rig.desk(member)
        tills = await member.adviser()
        people = [(await member.enrol(tills, phone=f"+8869123450{number:02}")).member_id for number in range(4)]
        for member_id in people:
            await desk.hear(*_events(member_id))
        await desk.merge(people[0], people[1])
        await desk.sold(people[1], 700)
        before = await _kept(place)
        assert len(before[0]) == 17
        async with place.db.transaction() as tx:
            await tx.execute("DELETE FROM fact_orders")
            await tx.execute("DELETE FROM fact_takings")
            await member.parts.engagement.facts.refresh(tx, people)
        assert {row["orders"] for row in (await _kept(place))[2]} == {0}
        segments = rpc.SegmentServiceStub(member.channel)
        door = Door(segments, await member.service("operator"))
        assert await facts.rebuilt(door) == (3, 17)
        assert await _kept(place) == before
        assert await facts.rebuilt(door) == (3, 0), "what is known stays"
        with pytest.raises(Trouble, match="PERMISSION_DENIED"):
            await facts.rebuilt(Door(segments, tills))


async def _kept(place: Place) -> tuple[list[Any], ...]:
    """Everything that facts are, in order, but when it was written."""
    async with place.db.read() as tx:
        orders = await tx.fetch("SELECT o.*, NULL AS record_time FROM fact_orders AS o ORDER BY order_id")
        takings = await tx.fetch("SELECT * FROM fact_takings ORDER BY 1, 2, 3, 4")
        people = await tx.fetch("SELECT * FROM member_facts ORDER BY member_id")
    return (
        [{**row, "record_time": None} for row in orders],
        [dict(row) for row in takings],
        [dict(row) for row in people],
    )
