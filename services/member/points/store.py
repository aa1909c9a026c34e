"""Every SQL statement about balances, transfers and the program."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.member.points.ledger import Balance, Transfer
from services.member.program.store import program, put_program

_ALIASES = """
SELECT alias_id, member_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])
"""

_KNOWN = """
SELECT EXISTS (SELECT FROM members WHERE member_id = $1) OR EXISTS (SELECT FROM member_aliases WHERE alias_id = $1)
"""

# Whom each id means, locked in key order; an id without a balance is left out.
_LOCK_MEANT = """
SELECT asked.id AS asked_id, b.member_id, version, pending, active, held, spent, expired, debt, tier, tier_since_time,
       tier_valid_until_time, tier_clock, tier_due_time, newest_sale_time
  FROM unnest($1::uuid[]) AS asked (id) LEFT JOIN member_aliases AS a ON a.alias_id = asked.id
  JOIN points_balances AS b ON b.member_id = coalesce(a.member_id, asked.id)
 ORDER BY b.member_id FOR UPDATE OF b
"""

# Makes what is missing and takes the locks, in key order, in one statement.
_LOCK = """
INSERT INTO points_balances AS b (member_id) SELECT member_id FROM unnest($1::uuid[]) AS member_id ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE SET member_id = b.member_id
RETURNING member_id, version, pending, active, held, spent, expired, debt, tier, tier_since_time, tier_valid_until_time,
          tier_clock, tier_due_time, newest_sale_time
"""

_BALANCE = """
SELECT member_id, version, pending, active, held, spent, expired, debt, tier, tier_since_time, tier_valid_until_time,
       tier_clock, tier_due_time, newest_sale_time
  FROM points_balances WHERE member_id = $1
"""

# Whom an id means, and his balance: no row for an id that nobody has, or had.
_BALANCE_OF = """
SELECT meant.member_id AS meant, b.member_id, version, pending, active, held, spent, expired, debt, tier,
       tier_since_time, tier_valid_until_time, tier_clock, tier_due_time, newest_sale_time
  FROM (SELECT coalesce((SELECT a.member_id FROM member_aliases AS a WHERE a.alias_id = $1),
                        (SELECT m.member_id FROM members AS m WHERE m.member_id = $1)) AS member_id) AS meant
  LEFT JOIN points_balances AS b USING (member_id)
 WHERE meant.member_id IS NOT NULL
"""

# Transfers, their entries, and the balances that they lead to, in one round trip.
_POST = """
WITH transfers AS (
    INSERT INTO points_transfers (member_id, transfer_id, kind, natural_key, points, order_id, business_time, reason,
                                  rule_version, actor_kind, actor_id, terminal_id)
    SELECT t.*, $10, $11, $12
      FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::bigint[], $6::uuid[], $7::timestamptz[],
                  $8::text[], $9::text[]) AS t
), entries AS (
    INSERT INTO points_entries (member_id, transfer_id, account, lot_id, amount)
    SELECT * FROM unnest($13::uuid[], $14::uuid[], $15::smallint[], $16::uuid[], $17::bigint[])
)
UPDATE points_balances AS b
   SET version = s.version, pending = s.pending, active = s.active, held = s.held, spent = s.spent,
       expired = s.expired, debt = s.debt, tier = s.tier, tier_since_time = s.since, tier_valid_until_time = s.until,
       tier_clock = s.clock::jsonb, tier_due_time = s.due, newest_sale_time = s.newest
  FROM unnest($18::uuid[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[],
              $25::bigint[], $26::text[], $27::timestamptz[], $28::timestamptz[], $29::text[], $30::timestamptz[],
              $31::timestamptz[])
    AS s (member_id, version, pending, active, held, spent, expired, debt, tier, since, until, clock, due, newest)
 WHERE b.member_id = s.member_id
"""

# Earned points say when the last of them may be spent, and until when the first of them.
_STATEMENT = """
SELECT transfer_id, kind, points, t.order_id, business_time, reason, rule_version, l.activate_time, l.expire_time
  FROM points_transfers AS t
  LEFT JOIN LATERAL (SELECT max(activate_time) AS activate_time, min(expire_time) AS expire_time
                       FROM points_lots WHERE points_lots.order_id = t.order_id AND t.kind = 1) AS l ON true
 WHERE member_id = $1 AND points <> 0 AND (business_time, transfer_id) < ($2, $3::uuid)
 ORDER BY business_time DESC, transfer_id DESC
 LIMIT $4
"""

_UNBALANCED = """
SELECT format('member=%s transfer=%s', member_id, transfer_id) AS subject, '0' AS expected, sum(amount)::text AS found,
       '' AS repair
  FROM points_entries GROUP BY member_id, transfer_id HAVING sum(amount) <> 0 LIMIT 100
"""

_DRIFTED = """
SELECT format('member=%s', b.member_id) AS subject,
       format('%s/%s/%s/%s/%s/%s', e.pending, e.active, e.held, e.spent, e.expired, e.debt) AS expected,
       format('%s/%s/%s/%s/%s/%s', b.pending, b.active, b.held, b.spent, b.expired, b.debt) AS found,
       '' AS repair
  FROM points_balances AS b
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount) FILTER (WHERE account = 1), 0) AS pending,
              coalesce(sum(amount) FILTER (WHERE account = 2), 0) AS active,
              coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS held,
              coalesce(sum(amount) FILTER (WHERE account = 5), 0) AS spent,
              coalesce(sum(amount) FILTER (WHERE account = 6), 0) AS expired,
              -coalesce(sum(amount) FILTER (WHERE account = 7), 0) AS debt
         FROM points_entries WHERE member_id = b.member_id) AS e
 WHERE (b.pending, b.active, b.held, b.spent, b.expired, b.debt)
    <> (e.pending, e.active, e.held, e.spent, e.expired, e.debt)
 LIMIT 100
"""

CHECKS = (
    Check("points.transfers_sum_to_zero", "SELECT count(*) FROM points_entries", _UNBALANCED),
    Check("points.balances_equal_entries", "SELECT count(*) FROM points_balances", _DRIFTED),
)


_HEAD = (
    "member_id",
    "transfer_id",
    "kind",
    "natural_key",
    "points",
    "order_id",
    "business_time",
    "reason",
    "rule_version",
)
_ROW = (
    "member_id",
    "version",
    "pending",
    "active",
    "held",
    "spent",
    "expired",
    "debt",
    "tier",
    "tier_since_time",
    "tier_valid_until_time",
    "tier_clock",
    "tier_due_time",
    "newest_sale_time",
)


async def resolve(tx: Tx, member_ids: Iterable[str]) -> dict[str, str]:
    """Whom each id means, now that some were absorbed into others."""
    asked = sorted(set(member_ids))
    found = {row["alias_id"]: row["member_id"] for row in await tx.fetch(_ALIASES, asked)}
    return {member_id: found.get(member_id, member_id) for member_id in asked}


async def known(tx: Tx, member_id: str) -> bool:
    """Whether somebody has that id, or had it before he was absorbed into another."""
    return bool(await tx.fetchval(_KNOWN, member_id))


async def lock(tx: Tx, member_ids: Iterable[str]) -> dict[str, Balance]:
    """The members' balances, locked until the transaction ends."""
    rows = await tx.fetch(_LOCK, sorted(set(member_ids)))
    return {row["member_id"]: Balance(**row) for row in rows}


async def lock_meant(tx: Tx, member_ids: Iterable[str]) -> tuple[dict[str, str], dict[str, Balance]]:
    """Whom each id means, and those members' balances, locked until the transaction ends.

    Asked again behind the locks: who waited for a merger to end still knew
    the ids as they were before it.
    """
    asked = sorted(set(member_ids))
    while True:
        meant, balances = await _locked(tx, asked)
        if await resolve(tx, asked) == meant:
            return meant, balances


async def _locked(tx: Tx, asked: list[str]) -> tuple[dict[str, str], dict[str, Balance]]:
    rows = await tx.fetch(_LOCK_MEANT, asked)
    if len(rows) < len(asked):  # somebody has no balance yet
        meant = await resolve(tx, asked)
        return meant, await lock(tx, meant.values())
    found = [(row["asked_id"], Balance(*list(row)[1:])) for row in rows]
    return {asked_id: held.member_id for asked_id, held in found}, {held.member_id: held for _, held in found}


async def balance(tx: Tx, member_id: str) -> Balance:
    """A member's balances now; zeros for one who never moved a point."""
    row = await tx.fetchrow(_BALANCE, member_id)
    return Balance(**row) if row else Balance(member_id)


async def balance_of(tx: Tx, asked_id: str) -> Balance | None:
    """The balances of the member whom an id means; None for an id that nobody has, zeros for one who moved nothing."""
    row = await tx.fetchrow(_BALANCE_OF, asked_id)
    if row is None:
        return None
    return Balance(*list(row)[1:]) if row["member_id"] else Balance(row["meant"])


async def post(tx: Tx, transfers: Sequence[Transfer], balances: Iterable[Balance], actor: Actor) -> None:
    """Appends transfers with their entries, and writes the locked balances back."""
    heads = [tuple(getattr(transfer, name) for name in _HEAD) for transfer in transfers]
    entries = [(t.member_id, t.transfer_id, *entry) for t in transfers for entry in t.entries]
    rows = [tuple(getattr(balance, name) for name in _ROW) for balance in balances]
    who = (actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_POST, *_columns(heads, 9), *who, *_columns(entries, 5), *_columns(rows, 14))


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]


async def statement(tx: Tx, member_id: str, after: tuple[datetime, str], limit: int) -> list[asyncpg.Record]:
    """A member's transfers, newest first, from behind `after`."""
    return list(await tx.fetch(_STATEMENT, member_id, *after, limit))


__all__ = ["CHECKS", "balance", "known", "lock", "lock_meant", "post", "program", "put_program", "resolve", "statement"]
