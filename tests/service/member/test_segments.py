"""Segments on a real database: every rule means whom a plain reading of it means, in any order of arrival."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit import audit
from kit.inbox import Event, Inbox
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import segments_pb2
from omo.member.v1 import segments_service_pb2 as pb
from omo.member.v1 import segments_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.segments import domain, domain_rfm, store_facts, store_query
from services.member.segments.domain import FIELDS, All, Condition, Not, Operator, Rule, Type
from services.member.segments.domain import Any as AnyOf
from services.member.segments.reactions import FactReactions
from services.member.segments.usecases import Facts
from tests.service.member.conftest import Member, Place, refusal

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
_FACT = """
INSERT INTO member_facts (member_id, join_time, first_order_time, last_order_time, last_store_time, last_online_time,
  last_app_time, last_touch_time, last_open_time, last_click_time, spend, orders, store_orders, online_orders,
  cycle_days, known, claimed, tier, source, last_location_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17, $18, $19)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What a plain reading knows of a member."""

    member_id: str
    values: dict[str, Any]


def _known(dice: random.Random) -> Known:
    store, online = dice.choice([(0, 0), (1, 0), (0, 1), (3, 0), (0, 6), (2, 2), (9, 3)])
    bought = store + online > 0
    last = NOW - timedelta(days=dice.choice([0, 1, 30, 31, 90, 91, 200, 366, 800]), hours=dice.randrange(24))

    def some(of: Any) -> Any:
        return of if dice.random() < 0.6 else None

    return Known(
        str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        {
            "join_time": NOW - timedelta(days=dice.randrange(1000)),
            "first_order_time": last - timedelta(days=60) if bought else None,
            "last_order_time": last if bought else None,
            "last_store_time": last if store else None,
            "last_online_time": last if online else None,
            "last_app_time": some(last),
            "last_touch_time": some(last),
            "last_open_time": some(last),
            "last_click_time": some(last),
            "spend": dice.choice([0, 2_999, 3_000, 10_000, 50_000]) if bought else 0,
            "orders": store + online,
            "store_orders": store,
            "online_orders": online,
            "cycle_days": dice.choice([0, 20, 45]) if store + online > 1 else None,
            "claimed": dice.random() < 0.5,
            "tier": dice.choice(["", "silver", "gold"]),
            "source": dice.choice(["app", "store"]),
            "last_location_id": dice.choice(["", "TPE01", "TXG01"]),
            "points": dice.choice([0, 10, 500]),
            "tags": dice.sample(["vip", "coat", "tea"], dice.randrange(3)),
        },
    )


def _rule(dice: random.Random, depth: int = 0) -> Rule:
    shape = dice.random()
    if depth < 3 and shape < 0.45:
        inner = tuple(_rule(dice, depth + 1) for _ in range(dice.randint(1, 3)))
        return All(inner) if shape < 0.2 else AnyOf(inner) if shape < 0.35 else Not(inner[0])
    field = dice.choice(list(FIELDS.values()))
    operator = dice.choice(domain.OPERATORS[field.type])
    if operator in (Operator.NEVER, Operator.EVER):
        return Condition(field.name, operator)
    pool: Sequence[str] = (
        field.words
        or {
            Type.NUMBER: ("0", "1", "2", "3", "500", "10000"),
            Type.TIME: ("0", "1", "30", "91", "365"),
            Type.SET: ("vip", "coat", "tea", "nobody"),
            Type.WORD: ("silver", "gold", "app", "TPE01", "'; --"),
        }[field.type]
    )
    single = operator in (Operator.AT_LEAST, Operator.AT_MOST, Operator.WITHIN_DAYS, Operator.BEFORE_DAYS)
    return Condition(field.name, operator, tuple(dice.sample(pool, 1 if single else dice.randint(1, 2))))


def _means(rule: Rule, of: dict[str, Any]) -> bool:
    """The plain reading."""
    match rule:
        case All(rules):
            return all(_means(one, of) for one in rules)
        case AnyOf(rules):
            return any(_means(one, of) for one in rules)
        case Not(inner):
            return not _means(inner, of)
        case Condition(field, operator, values):
            return _compares(_value(field, of), operator, values)


def _value(field: str, of: dict[str, Any]) -> Any:
    last = of["last_order_time"]
    days = (NOW - last).days if last else None
    match field:
        case "channel_class":
            store, online = of["store_orders"] > 0, of["online_orders"] > 0
            return {(0, 0): "NONE", (1, 0): "STORE_ONLY", (0, 1): "ONLINE_ONLY", (1, 1): "BOTH"}[
                int(store), int(online)
            ]
        case "rfm_group":
            return domain_rfm.group(days, of["orders"], of["spend"])
        case "cycles_late":
            return (NOW - last) // timedelta(days=of["cycle_days"]) if of["cycle_days"] else None
        case "claimed":
            return "true" if of["claimed"] else "false"
    return of[field]


def _compares(value: Any, operator: Operator, values: Sequence[str]) -> bool:
    if operator in (Operator.NEVER, Operator.EVER):
        return (value is None) == (operator is Operator.NEVER)
    if operator in (Operator.HAS_ANY, Operator.HAS_NONE):
        return bool(set(value) & set(values)) == (operator is Operator.HAS_ANY)
    if value is None:
        return False
    if operator in (Operator.IS, Operator.IS_NOT):
        return (str(value) in values) == (operator is Operator.IS)
    if operator in (Operator.AT_LEAST, Operator.AT_MOST):
        return bool(value >= int(values[0])) if operator is Operator.AT_LEAST else bool(value <= int(values[0]))
    edge = NOW - timedelta(days=int(values[0]))
    return bool(value >= edge) == (operator is Operator.WITHIN_DAYS)


@pytest.fixture
async def crowd(place: Place) -> list[Known]:
    """Eighty members of all sorts."""
    await place.empty()
    dice = random.Random(23)
    people = [_known(dice) for _ in range(80)]
    async with place.db.transaction() as tx:
        for one in people:
            of = one.values
            names = ("join_time", "first_order_time", "last_order_time", "last_store_time", "last_online_time",
                     "last_app_time", "last_touch_time", "last_open_time", "last_click_time", "spend", "orders",
                     "store_orders", "online_orders", "cycle_days", "claimed", "tier", "source",
                     "last_location_id")  # fmt: skip
            await tx.execute(_FACT, one.member_id, *(of[name] for name in names))
            await tx.execute(
                "INSERT INTO points_balances (member_id, active) VALUES ($1, $2)", one.member_id, of["points"]
            )
            for tag in of["tags"]:
                await tx.execute(
                    "INSERT INTO member_tags (member_id, tag, origin, staff_code, location_id, set_time)"
                    " VALUES ($1, $2, 'STAFF', '', '', $3)",
                    one.member_id,
                    tag,
                    NOW,
                )
    return people


async def _asked(place: Place, rule: Rule) -> set[str]:
    async with place.db.read() as tx:
        found = set(await store_query.sample(tx, store_query.compiled(rule, NOW), 1000))
        assert await store_query.count(tx, store_query.compiled(rule, NOW)) == len(found)
    return found


async def test_any_rule_means_whom_a_plain_reading_means(place: Place, crowd: list[Known]) -> None:
    dice = random.Random(24)
    sizes = set()
    for _ in range(150):
        rule = _rule(dice)
        domain.check(rule)
        meant = {one.member_id for one in crowd if _means(rule, one.values)}
        assert await _asked(place, rule) == meant, rule
        sizes.add(len(meant))
    assert len(sizes) > 20, "rules that mean everybody or nobody prove nothing"


async def test_a_planted_fault_of_reading_is_found(
    place: Place, crowd: list[Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If what is not known counted as neither, NOT would lose whoever never bought."""
    monkeypatch.setattr(store_query, "_compared", _forgetful(store_query._compared))
    rule = Not(Condition("last_order_time", Operator.WITHIN_DAYS, ("30",)))
    meant = {one.member_id for one in crowd if _means(rule, one.values)}
    assert await _asked(place, rule) < meant


def _forgetful(compared: Any) -> Any:
    return lambda one, query: f"{compared(one, query)}) OR (f.last_order_time IS NULL"


async def test_the_words_of_a_rule_are_never_text_of_a_statement() -> None:
    rule = All(
        (Condition("tier", Operator.IS, ("'; DROP TABLE members; --",)), Condition("tags", Operator.HAS_ANY, ("x'",)))
    )
    query = store_query.compiled(rule, NOW)
    assert "DROP" not in query.where
    assert "'" not in query.where
    assert query.parameters[1:] == [["'; DROP TABLE members; --"], ["x'"]]


async def test_groups_are_counted_over_everybody(place: Place, crowd: list[Known]) -> None:
    async with place.db.read() as tx:
        counted = await store_query.groups(tx, NOW)
    assert sum(counted.values()) == len(crowd)
    assert counted["PROSPECTS"] == sum(not one.values["orders"] for one in crowd)


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


def _hq_rule() -> segments_pb2.SegmentRule:
    condition = segments_pb2.SegmentCondition(
        field="source", operator=segments_pb2.SEGMENT_OPERATOR_IS, values=["store"]
    )
    return segments_pb2.SegmentRule(condition=condition)


async def test_a_segment_is_previewed_before_it_is_used(member: Member) -> None:
    enrolled = await member.enrol(await member.adviser(), phone="0912345678")
    async with member.db.transaction() as tx:
        await Facts().refresh(tx, [enrolled.member_id])
    stub, hq = rpc.SegmentServiceStub(member.channel), (await member.hq("merchandiser")).access_token
    found = await member.call(stub.PreviewSegment, pb.PreviewSegmentRequest(rule=_hq_rule()), hq)
    assert (found.members, list(found.member_ids)) == (1, [enrolled.member_id])
    put = pb.PutSegmentRequest(request_id="1")
    put.segment.segment_id, put.segment.name = "store", "門市會員"
    put.segment.rule.CopyFrom(_hq_rule())
    first = await member.call(stub.PutSegment, put, hq)
    again = await member.call(stub.PutSegment, put, hq)
    assert (first.segment.version, again) == (1, first)
    listed = await member.call(stub.ListSegments, pb.ListSegmentsRequest(), hq)
    assert [one.segment_id for one in listed.segments] == ["store"]
    by_id = await member.call(stub.PreviewSegment, pb.PreviewSegmentRequest(segment_id="store"), hq)
    assert by_id.members == 1
    with pytest.raises(Exception) as unknown:
        await member.call(stub.GetSegment, pb.GetSegmentRequest(segment_id="none"), hq)
    assert refusal(unknown.value) == "SEGMENT_UNKNOWN"  # type: ignore[arg-type]
