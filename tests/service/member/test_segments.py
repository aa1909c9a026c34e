"""Segments on a real database: every rule means whom a plain reading of it means, in any order of arrival."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omo.member.v1 import segments_pb2
from omo.member.v1 import segments_service_pb2 as pb
from omo.member.v1 import segments_service_pb2_grpc as rpc
from services.member.segments import domain, domain_rfm, store_query
from services.member.segments.domain import FIELDS, All, Condition, Not, Operator, Rule, Type
from services.member.segments.domain import Any as AnyOf
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
    order = await member.service("order")
    for member_id, meant in ((enrolled.member_id, ["store"]), (str(uuid.uuid4()), [])):
        asked = pb.CheckMembershipsRequest(member_id=member_id, segment_ids=["store", "none"])
        assert list((await member.call(stub.CheckMemberships, asked, order)).segment_ids) == meant
    with pytest.raises(Exception) as unknown:
        await member.call(stub.GetSegment, pb.GetSegmentRequest(segment_id="none"), hq)
    assert refusal(unknown.value) == "SEGMENT_UNKNOWN"  # type: ignore[arg-type]
