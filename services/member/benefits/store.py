"""Every SQL statement about programmes of benefits, birthdays and store buyers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.member.benefits.domain import Occasion, Program

_COLUMNS = """
program_id, name, occasion, rule_id, rule_version, valid_days, tier, min_spend, limit_member, whole_month,
       leap_day_early, restores, active
"""
_PUT = f"""
INSERT INTO benefit_programs ({_COLUMNS}, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (program_id) DO UPDATE
   SET name = excluded.name, rule_id = excluded.rule_id, rule_version = excluded.rule_version,
       valid_days = excluded.valid_days, tier = excluded.tier, min_spend = excluded.min_spend,
       limit_member = excluded.limit_member, whole_month = excluded.whole_month,
       leap_day_early = excluded.leap_day_early, restores = excluded.restores, active = excluded.active
"""
_FIND = f"SELECT {_COLUMNS} FROM benefit_programs WHERE program_id = $1"
_ACTIVE = f"SELECT {_COLUMNS} FROM benefit_programs WHERE occasion = $1 AND active ORDER BY program_id"
_LIST = f"SELECT {_COLUMNS} FROM benefit_programs ORDER BY program_id LIMIT 500"
_HAD = "SELECT count(*) FROM value_lots WHERE source_id = $1 AND member_id = $2"
_BIRTHDAY = """
INSERT INTO birthdays AS b (member_id, month_lookup, day_lookup, change_time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (member_id) DO UPDATE
   SET month_lookup = excluded.month_lookup, day_lookup = excluded.day_lookup, change_time = excluded.change_time
 WHERE b.change_time <= $5 AND b.day_lookup <> excluded.day_lookup
RETURNING true
"""
_BORN_IN = "SELECT member_id FROM birthdays WHERE month_lookup = $1 AND member_id > $2 ORDER BY member_id LIMIT $3"
_BORN_ON = "SELECT member_id FROM birthdays WHERE day_lookup = $1 AND member_id > $2 ORDER BY member_id LIMIT $3"
_BIRTHDAYS = "SELECT member_id, day_lookup FROM birthdays WHERE member_id = ANY($1::uuid[])"
_TAKE_BIRTHDAY = """
UPDATE birthdays SET member_id = $2
 WHERE member_id = $1 AND NOT EXISTS (SELECT FROM birthdays WHERE member_id = $2) RETURNING true
"""
_FORGET = "DELETE FROM birthdays WHERE member_id = ANY($1::uuid[])"
_BOUGHT = """
INSERT INTO store_buyers AS b (member_id, first_time) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
    ON CONFLICT (member_id) DO UPDATE SET first_time = excluded.first_time WHERE excluded.first_time < b.first_time
"""
_FIRST_BOUGHT = "SELECT first_time FROM store_buyers WHERE member_id = $1"
_CLAIMED = "SELECT member_id, claim_time FROM members WHERE member_id = ANY($1::uuid[]) AND claim_time IS NOT NULL"
_TAKE_BOUGHT = """
INSERT INTO store_buyers AS b (member_id, first_time) SELECT $2, first_time FROM store_buyers WHERE member_id = $1
    ON CONFLICT (member_id) DO UPDATE SET first_time = least(b.first_time, excluded.first_time)
"""
# What orders are worth without what came back of them, behind the locks of their members.
_CAME_TO = """
WITH told AS (
    SELECT DISTINCT ON (order_id) * FROM unnest($1::uuid[], $2::bigint[]) AS t (order_id, total)
), kept AS (
    INSERT INTO spend_gift_orders (order_id, total) SELECT order_id, total FROM told ON CONFLICT (order_id) DO NOTHING
)
SELECT told.order_id, (told.total - coalesce(sum(r.amount), 0))::bigint AS total
  FROM told LEFT JOIN spend_gift_returns AS r ON r.order_id = told.order_id GROUP BY told.order_id, told.total
"""
_CAME_BACK = """
INSERT INTO spend_gift_returns (order_id, key, amount) VALUES ($1, $2, $3)
    ON CONFLICT (order_id, key) DO NOTHING RETURNING true
"""
_LEFT = """
SELECT (o.total - coalesce(sum(r.amount), 0))::bigint FROM spend_gift_orders AS o
  LEFT JOIN spend_gift_returns AS r ON r.order_id = o.order_id WHERE o.order_id = $1 GROUP BY o.total
"""
CHECKS = (
    Check(
        "benefits.used_once",
        "SELECT count(*) FROM value_lots WHERE kind = 6",
        """
SELECT format('lot=%s', lot_id) AS subject, 'used once' AS expected, spent::text AS found, '' AS repair
  FROM value_lots WHERE kind = 6 AND issued = 1 AND spent > 1 LIMIT 100
""",
    ),
)


async def put(tx: Tx, one: Program, now: datetime) -> None:
    """Makes or changes a programme."""
    head = (one.program_id, one.name, one.occasion, one.rule_id, one.rule_version, one.valid_days, one.tier)
    rest = (one.min_spend, one.limit_member, one.whole_month, one.leap_day_early, one.restores, one.active)
    await tx.execute(_PUT, *head, *rest, now)


async def find(tx: Tx, program_id: str) -> Program | None:
    """A programme."""
    row = await tx.fetchrow(_FIND, program_id)
    return _program(row) if row else None


async def active(tx: Tx, occasion: Occasion) -> list[Program]:
    """The programmes that give something for an occasion."""
    return [_program(row) for row in await tx.fetch(_ACTIVE, occasion)]


async def programs(tx: Tx) -> list[Program]:
    """All of them."""
    return [_program(row) for row in await tx.fetch(_LIST)]


async def had(tx: Tx, program_id: str, member_id: str) -> int:
    """How many benefits of a programme a member ever got."""
    return int(await tx.fetchval(_HAD, program_id, member_id))


async def put_birthday(tx: Tx, member_id: str, month: bytes, day: bytes, now: datetime, before: datetime) -> bool:
    """Keeps a birthday; one that was told after `before` stays. False if nothing changed."""
    return bool(await tx.fetchval(_BIRTHDAY, member_id, month, day, now, before))


async def born_in(tx: Tx, month: bytes, after: str, limit: int) -> list[str]:
    """Members born in a month, in key order."""
    return [row["member_id"] for row in await tx.fetch(_BORN_IN, month, after, limit)]


async def born_on(tx: Tx, day: bytes, after: str, limit: int) -> list[str]:
    """Members born on a day of the year, in key order."""
    return [row["member_id"] for row in await tx.fetch(_BORN_ON, day, after, limit)]


async def birthdays(tx: Tx, member_ids: Sequence[str]) -> dict[str, bytes]:
    """Digests of these members' birthdays."""
    return {row["member_id"]: row["day_lookup"] for row in await tx.fetch(_BIRTHDAYS, list(member_ids))}


async def take_birthday(tx: Tx, one_id: str, other_id: str) -> bool:
    """Gives one's birthday to another who has told none."""
    return bool(await tx.fetchval(_TAKE_BIRTHDAY, one_id, other_id))


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Removes birthdays; how many."""
    return int((await tx.execute(_FORGET, list(member_ids))).split()[-1])


async def bought(tx: Tx, buyers: Sequence[tuple[str, datetime]]) -> None:
    """These members bought in a store then."""
    first: dict[str, datetime] = {}
    for member_id, moment in buyers:
        first[member_id] = min(moment, first.get(member_id, moment))
    await tx.execute(_BOUGHT, sorted(first), [first[member_id] for member_id in sorted(first)])


async def first_bought(tx: Tx, member_id: str) -> datetime | None:
    """When a member first bought in a store."""
    found: datetime | None = await tx.fetchval(_FIRST_BOUGHT, member_id)
    return found


async def claimed(tx: Tx, member_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when these members come by themselves."""
    return {row["member_id"]: row["claim_time"] for row in await tx.fetch(_CLAIMED, list(member_ids))}


async def take_bought(tx: Tx, one_id: str, other_id: str) -> None:
    """What one bought, another did too."""
    await tx.execute(_TAKE_BOUGHT, one_id, other_id)


async def came_to(tx: Tx, orders: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Keeps what orders (order, total) came to; gives that without what came back of them."""
    rows = await tx.fetch(_CAME_TO, *map(list, zip(*orders, strict=True)))
    return {row["order_id"]: row["total"] for row in rows}


async def came_back(tx: Tx, order_id: str, key: str, amount: int) -> bool:
    """So much of an order came back or was given up; False if that was known."""
    return bool(await tx.fetchval(_CAME_BACK, order_id, key, amount))


async def left(tx: Tx, order_id: str) -> int | None:
    """What an order is worth now; None if it was not heard of."""
    found: int | None = await tx.fetchval(_LEFT, order_id)
    return found


def _program(row: Any) -> Program:
    return Program(**dict(row) | {"occasion": Occasion(row["occasion"])})
