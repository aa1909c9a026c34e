"""Every SQL statement about tiers: what counts toward them, what was decided, and what falls due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.member.tiers import domain_clock
from services.member.tiers.domain import Cause
from services.member.tiers.domain_counting import Counted, Sum
from services.member.tiers.domain_replay import Decided

# What counts now, and what had counted until it came back.
_COUNTED = """
SELECT member_id, order_id, business_time, amount, orders, points, false AS back
  FROM qualifying_spend WHERE member_id = ANY($1::uuid[])
 UNION ALL
SELECT member_id, order_id, business_time, amount, orders, points, true
  FROM qualifying_returns WHERE member_id = ANY($1::uuid[])
"""

_HISTORY = """
SELECT member_id, business_time, decided_from, tier, since_time, valid_until_time, clock, cause, rule_version
  FROM tier_changes WHERE member_id = ANY($1::uuid[]) ORDER BY member_id, sequence
"""

_DATES = """
SELECT asked.member_id, m.join_time, d.member_date
  FROM unnest($1::uuid[]) AS asked (member_id)
  LEFT JOIN members AS m ON m.member_id = asked.member_id
  LEFT JOIN tier_dates AS d ON d.member_id = asked.member_id
"""

_INSERT_CHANGES = """
INSERT INTO tier_changes (member_id, sequence, business_time, decided_from, tier_before, tier, cause, since_time,
                          valid_until_time, clock, reason, rule_version, actor_kind, actor_id, terminal_id)
SELECT c.member_id, c.sequence, c.business_time, c.decided_from, c.tier_before, c.tier, c.cause, c.since_time,
       c.valid_until_time, c.clock::jsonb, c.reason, c.rule_version, $13, $14, $15
  FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::smallint[],
              $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::text[])
    AS c (member_id, sequence, business_time, decided_from, tier_before, tier, cause, since_time, valid_until_time,
          clock, reason, rule_version)
"""

_PAGE = """
SELECT sequence, business_time, tier_before, tier, cause, valid_until_time, reason, rule_version, actor_kind, actor_id
  FROM tier_changes WHERE member_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3
"""

_DUE = "SELECT member_id FROM points_balances WHERE tier_due_time <= $1 ORDER BY tier_due_time LIMIT $2"

_ENDING = """
SELECT member_id FROM points_balances AS b
 WHERE tier_valid_until_time > $1 AND tier_valid_until_time <= $2
   AND NOT EXISTS (SELECT FROM tier_notices AS n WHERE n.member_id = b.member_id
                      AND n.valid_until_time = b.tier_valid_until_time AND n.days = $3)
 ORDER BY tier_valid_until_time LIMIT $4
"""

_NOTICE = """
INSERT INTO tier_notices (member_id, valid_until_time, days)
SELECT *, $3 FROM unnest($1::uuid[], $2::timestamptz[]) AS told (member_id, valid_until_time) ON CONFLICT DO NOTHING
"""

_IMPORT = """
INSERT INTO tier_imports (member_id, source, business_time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true
"""

_OPEN = """
INSERT INTO qualifying_spend (member_id, order_id, business_time, amount, orders, points, imported)
VALUES ($1, $2, $3, $4, $5, $6, true) ON CONFLICT (member_id, order_id) DO NOTHING
"""

_PUT_DATE = """
INSERT INTO tier_dates (member_id, member_date) VALUES ($1, $2)
    ON CONFLICT (member_id) DO UPDATE SET member_date = excluded.member_date
"""

_KNOWN = "SELECT member_id FROM members WHERE member_id = ANY($1::uuid[])"

# The tier on the balance is the one that was decided last.
_UNDECIDED = """
SELECT format('member=%s', b.member_id) AS subject, coalesce(c.tier, '') || ' until ' || coalesce(c.until, 'ever')
       AS expected, b.tier || ' until ' || coalesce(b.tier_valid_until_time::text, 'ever') AS found, '' AS repair
  FROM points_balances AS b
  LEFT JOIN LATERAL (SELECT tier, valid_until_time, valid_until_time::text AS until FROM tier_changes AS c
                      WHERE c.member_id = b.member_id ORDER BY sequence DESC LIMIT 1) AS c ON true
 WHERE b.tier <> coalesce(c.tier, '') OR b.tier_valid_until_time IS DISTINCT FROM c.valid_until_time
 ORDER BY b.member_id LIMIT 100
"""

CHECKS = (Check("tiers.balance_is_what_was_decided", "SELECT count(*) FROM points_balances", _UNDECIDED),)


@dataclass(frozen=True, slots=True)
class Kept:
    """A step as it is kept, with why and by which program."""

    decided: Decided
    cause: Cause
    rule_version: str


async def counted(tx: Tx, member_ids: Iterable[str]) -> dict[str, tuple[Counted, ...]]:
    """Every order that counts, or counted until it came back, of these members; in the order of their times."""
    asked = sorted(set(member_ids))
    orders: dict[tuple[str, str], tuple[datetime, Sum]] = {}
    back: dict[tuple[str, str], list[tuple[datetime, Sum]]] = {}
    for row in await tx.fetch(_COUNTED, asked) if asked else ():
        key, moment = (row["member_id"], row["order_id"]), row["business_time"]
        found = Sum(row["amount"], row["orders"], row["points"])
        if row["back"]:
            back.setdefault(key, []).append((moment, found))
        else:
            orders[key] = moment, found
    by_member: dict[str, list[Counted]] = {member_id: [] for member_id in asked}
    for (member_id, order_id), (moment, net) in orders.items():
        returned = sorted(back.get((member_id, order_id), []), key=lambda one: one[0])
        whole = sum((gone for _, gone in returned), net)
        by_member[member_id].append(Counted(order_id, moment, whole, tuple(returned)))
    return {who: tuple(sorted(rows, key=lambda one: (one.time, one.order_id))) for who, rows in by_member.items()}


async def history(tx: Tx, member_ids: Iterable[str]) -> dict[str, list[Kept]]:
    """Every step of these members' tiers, in the order in which they were decided."""
    found: dict[str, list[Kept]] = {member_id: [] for member_id in member_ids}
    for row in await tx.fetch(_HISTORY, sorted(found)) if found else ():
        state = domain_clock.state(row["tier"], row["since_time"], row["valid_until_time"], row["clock"])
        decided = Decided(row["business_time"], state, row["decided_from"])
        found[row["member_id"]].append(Kept(decided, Cause(row["cause"]), row["rule_version"]))
    return found


async def dates(tx: Tx, member_ids: Iterable[str]) -> dict[str, tuple[datetime | None, date | None]]:
    """When members joined, and their own dates."""
    rows = await tx.fetch(_DATES, sorted(set(member_ids)))
    return {row["member_id"]: (row["join_time"], row["member_date"]) for row in rows}


async def insert_changes(tx: Tx, rows: Sequence[tuple[Any, ...]], actor: Actor) -> None:
    """Keeps steps: (member, sequence, time, decided from, before, tier, cause, since, until, clock, reason, rules)."""
    if rows:
        who = (actor.kind.value, actor.id, actor.terminal_id)
        await tx.execute(_INSERT_CHANGES, *map(list, zip(*rows, strict=True)), *who)


async def page(tx: Tx, member_id: str, before: int, limit: int) -> list[Mapping[str, Any]]:
    """A member's steps, newest first, from before a sequence."""
    return [dict(row) for row in await tx.fetch(_PAGE, member_id, before, limit)]


async def due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Members whose tier changes by itself by now."""
    return [row["member_id"] for row in await tx.fetch(_DUE, now, limit)]


async def ending(tx: Tx, now: datetime, upto: datetime, days: int, limit: int) -> list[str]:
    """Members whose tier ends until then, and whom nobody has told so many days before."""
    return [row["member_id"] for row in await tx.fetch(_ENDING, now, upto, days, limit)]


async def notice(tx: Tx, told: Sequence[tuple[str, datetime]], days: int) -> None:
    """Keeps who was told of which end."""
    if told:
        await tx.execute(_NOTICE, *map(list, zip(*told, strict=True)), days)


async def take_over(tx: Tx, member_id: str, source: str, moment: datetime) -> bool:
    """Keeps that a member came from there; False if that was known."""
    return bool(await tx.fetchval(_IMPORT, member_id, source, moment))


async def open_count(tx: Tx, member_id: str, key: str, moment: datetime, opening: Sum) -> None:
    """Counts what had counted elsewhere."""
    await tx.execute(_OPEN, member_id, key, moment, opening.spend, opening.orders, opening.points)


async def put_date(tx: Tx, member_id: str, own: date) -> None:
    """Keeps a member's own date."""
    await tx.execute(_PUT_DATE, member_id, own)


async def known(tx: Tx, member_ids: Iterable[str]) -> set[str]:
    """Which of these are members."""
    return {row["member_id"] for row in await tx.fetch(_KNOWN, sorted(set(member_ids)))}
