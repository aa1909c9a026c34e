"""Turns a checked rule into a condition over the facts: words of the rule become parameters, never text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any as Anything

from kit.postgres import Tx
from services.member.segments import domain, domain_rfm
from services.member.segments.domain import All, Any, Condition, Not, Operator, Rule, Type

_COUNT = "SELECT count(*) FROM member_facts AS f LEFT JOIN points_balances AS p USING (member_id) WHERE f.known = 1"
_COUNT_FACTS = "SELECT count(*) FROM member_facts AS f WHERE f.known = 1"
_MEMBERS = "SELECT member_id FROM member_facts AS f LEFT JOIN points_balances AS p USING (member_id) WHERE f.known = 1"
_MEMBERS_FACTS = "SELECT member_id FROM member_facts AS f WHERE f.known = 1"
# The key at which the next so many members end: a step looks at a bounded piece of the table, however few it finds.
_EDGE = """
SELECT max(member_id::text)::uuid FROM (
    SELECT member_id FROM member_facts WHERE member_id > $1 ORDER BY member_id LIMIT $2) AS piece
"""
# Steps of recency, frequency and money as domain_rfm scores them: each compared with values worked out beforehand, for
# what is asked of a million rows is not worked out a million times.
_STEP = "({value} {sign} {step})::int"
_GROUP = "CASE WHEN f.orders = 0 THEN {none}::int2\
 ELSE ({names})[({recency} - 1) * 5 + ({frequency} + {money} + 1) / 2] END"

_PATIENT, _SECONDS = "SET LOCAL statement_timeout = '8s'", 9.0
_BEGINNING, _LONG = datetime(1900, 1, 1, tzinfo=UTC), 36_500

# What each field is in SQL; `domain.FIELDS` says what may be asked of it.
_COLUMNS = {
    "orders": "f.orders",
    "store_orders": "f.store_orders",
    "online_orders": "f.online_orders",
    "spend": "f.spend",
    "cycle_days": "f.cycle_days",
    "cycles_late": "CASE WHEN f.cycle_days > 0"
    " THEN floor(date_part('epoch', $1::timestamptz - f.last_order_time) / 86400 / f.cycle_days) END",
    "points": "coalesce(p.active, 0)",
    "join_time": "f.join_time",
    "first_order_time": "f.first_order_time",
    "last_order_time": "f.last_order_time",
    "last_store_time": "f.last_store_time",
    "last_online_time": "f.last_online_time",
    "last_app_time": "f.last_app_time",
    "last_touch_time": "f.last_touch_time",
    "last_open_time": "f.last_open_time",
    "last_click_time": "f.last_click_time",
    "channel_class": "CASE WHEN f.store_orders > 0 THEN CASE WHEN f.online_orders > 0 THEN 'BOTH' ELSE 'STORE_ONLY' END"
    " WHEN f.online_orders > 0 THEN 'ONLINE_ONLY' ELSE 'NONE' END",
    "claimed": "f.claimed::text",
    "tier": "f.tier",
    "source": "f.source",
    "last_location_id": "f.last_location_id",
    "tags": "f.member_id",
}
_TAGGED = "f.member_id IN (SELECT t.member_id FROM member_tags AS t WHERE t.tag = ANY({tags}::text[])\
 AND (t.expire_time IS NULL OR t.expire_time > $1))"


@dataclass(slots=True)
class Query:
    """A condition with its parameters; the first is the moment as of which it is asked."""

    parameters: list[Anything]
    where: str = ""
    with_points: bool = field(default=False)

    def bind(self, value: Anything) -> str:
        """A place for a value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"


def compiled(rule: Rule, now: datetime) -> Query:
    """The condition that a checked rule means, as of a moment."""
    query = Query([now])
    # the moment is always used, so that its type is known
    query.where = f"$1::timestamptz IS NOT NULL AND {_condition(rule, query)}"
    return query


def _condition(rule: Rule, query: Query) -> str:
    match rule:
        case All(rules):
            return _joined(rules, " AND ", "true", query)
        case Any(rules):
            return _joined(rules, " OR ", "false", query)
        case Not(inner):
            return f"NOT {_condition(inner, query)}"
        case Condition():
            # two-valued: whoever never bought is among those who did not buy within 30 days
            return f"(({_compared(rule, query)}) IS TRUE)"


def _joined(rules: Sequence[Rule], word: str, nothing: str, query: Query) -> str:
    return f"({word.join(_condition(rule, query) for rule in rules) or nothing})"


def _compared(one: Condition, query: Query) -> str:
    if one.field == "rfm_group":
        return _grouped(one, query)
    query.with_points |= one.field == "points"
    column = _COLUMNS[one.field]
    match domain.FIELDS[one.field].type:
        case Type.TIME:
            return _timed(one, column, query)
        case Type.NUMBER:
            return _counted(one, column, query)
        case Type.SET:
            sign = "NOT " if one.operator is Operator.HAS_NONE else ""
            return f"{sign}{_TAGGED.format(tags=query.bind(list(one.values)))}"
        case Type.WORD:
            return f"{_sign(one)}{column} = ANY({query.bind(list(one.values))}::text[])"


def _timed(one: Condition, column: str, query: Query) -> str:
    if one.operator in (Operator.NEVER, Operator.EVER):
        return f"{column} IS {'NOT ' if one.operator is Operator.EVER else ''}NULL"
    sign = ">=" if one.operator is Operator.WITHIN_DAYS else "<"
    return f"{column} {sign} {query.bind(_before(query, one.numbers[0]))}::timestamptz"


def _counted(one: Condition, column: str, query: Query) -> str:
    if one.operator in (Operator.AT_LEAST, Operator.AT_MOST):
        sign = ">=" if one.operator is Operator.AT_LEAST else "<="
        return f"{column} {sign} {query.bind(one.numbers[0])}::bigint"
    return f"{_sign(one)}{column} = ANY({query.bind(one.numbers)}::bigint[])"


def _sign(one: Condition) -> str:
    return "NOT " if one.operator is Operator.IS_NOT else ""


def _grouped(one: Condition, query: Query) -> str:
    wanted = [domain.GROUPS.index(name) for name in one.values]
    return f"{_sign(one)}{group_of(query)} = ANY({query.bind(wanted)}::int2[])"


def group_of(query: Query) -> str:
    """The place in `domain.GROUPS` of a member's group."""
    # a step of n days ends when the day after it has passed
    edges = [_before(query, days + 1) for days in domain_rfm.RECENCY_DAYS]
    places = {(recency, worth): domain.GROUPS.index(name) for recency, worth, name in domain_rfm.table()}
    names = query.bind([places[recency, worth] for recency in range(1, 6) for worth in range(1, 6)])
    return _GROUP.format(
        none=query.bind(domain.GROUPS.index(domain_rfm.PROSPECTS)),
        names=f"{names}::int2[]",
        recency=f"(1 + {_steps(query, 'f.last_order_time', '>', edges, 'timestamptz')})",
        frequency=f"(1 + {_steps(query, 'f.orders', '>=', domain_rfm.FREQUENCY, 'int')})",
        money=f"(1 + {_steps(query, 'f.spend', '>=', domain_rfm.MONEY, 'bigint')})",
    )


def _steps(query: Query, value: str, sign: str, steps: Sequence[Anything], kind: str) -> str:
    """How many steps a value has reached."""
    return " + ".join(_STEP.format(value=value, sign=sign, step=f"{query.bind(step)}::{kind}") for step in steps)


def _before(query: Query, days: int) -> datetime:
    now: datetime = query.parameters[0]
    return max(now - timedelta(days=days), _BEGINNING) if days < _LONG else _BEGINNING


async def patient(tx: Tx) -> None:
    """Lets the statements of this transaction look at everybody, also on a busy machine."""
    await tx.execute(_PATIENT)


async def count(tx: Tx, query: Query) -> int:
    """How many members are meant."""
    base = _COUNT if query.with_points else _COUNT_FACTS
    return int(await tx.fetchval(f"{base} AND {query.where}", *query.parameters, timeout=_SECONDS))


async def groups(tx: Tx, now: datetime) -> dict[str, int]:
    """How many members each group has."""
    query = Query([now])
    place = group_of(query)
    counted = _COUNT_FACTS.replace("count(*)", f"{place} AS place, count(*) AS members")
    rows = await tx.fetch(f"{counted} AND $1::timestamptz IS NOT NULL GROUP BY 1", *query.parameters, timeout=_SECONDS)
    found = {domain.GROUPS[row["place"]]: int(row["members"]) for row in rows}
    return {name: found.get(name, 0) for name in domain.GROUPS}


async def sample(tx: Tx, query: Query, limit: int) -> list[str]:
    """The first few who are meant."""
    return await _members(tx, query, f"ORDER BY member_id LIMIT {int(limit)}")


async def edge(tx: Tx, after: str, size: int) -> str | None:
    """The key at which the next piece of `size` members ends; None at the end."""
    found: str | None = await tx.fetchval(_EDGE, after, size)
    return found


async def between(tx: Tx, query: Query, after: str, until: str) -> list[str]:
    """Who is meant in a piece."""
    tail = f"AND f.member_id > {query.bind(after)}::uuid AND f.member_id <= {query.bind(until)}::uuid"
    return await _members(tx, query, f"{tail} ORDER BY member_id")


async def among(tx: Tx, query: Query, member_ids: Sequence[str]) -> set[str]:
    """Which of these are meant."""
    return set(await _members(tx, query, f"AND f.member_id = ANY({query.bind(list(member_ids))}::uuid[])"))


async def _members(tx: Tx, query: Query, tail: str) -> list[str]:
    base = _MEMBERS if query.with_points else _MEMBERS_FACTS
    rows = await tx.fetch(f"{base} AND {query.where} {tail}", *query.parameters, timeout=_SECONDS)
    return [row["member_id"] for row in rows]
