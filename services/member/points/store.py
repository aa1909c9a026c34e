"""Every SQL statement about balances, transfers and the program."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.member.points.domain import NO_PROGRAM, Program, Tier
from services.member.points.ledger import Balance, Transfer

_ALIASES = """
SELECT alias_id, member_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])
"""

_KNOWN = """
SELECT EXISTS (SELECT FROM members WHERE member_id = $1) OR EXISTS (SELECT FROM member_aliases WHERE alias_id = $1)
"""

# Makes what is missing and takes the locks, in key order, in one statement.
_LOCK = """
INSERT INTO points_balances AS b (member_id) SELECT member_id FROM unnest($1::uuid[]) AS member_id ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE SET member_id = b.member_id
RETURNING member_id, version, pending, active, held, spent, expired, debt, tier, tier_since_time, tier_valid_until_time
"""

_BALANCE = """
SELECT member_id, version, pending, active, held, spent, expired, debt, tier, tier_since_time, tier_valid_until_time
  FROM points_balances WHERE member_id = $1
"""

_SAVE = """
UPDATE points_balances AS b
   SET version = s.version, pending = s.pending, active = s.active, held = s.held, spent = s.spent,
       expired = s.expired, debt = s.debt, tier = s.tier, tier_since_time = s.since, tier_valid_until_time = s.until
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
              $8::bigint[], $9::text[], $10::timestamptz[], $11::timestamptz[])
    AS s (member_id, version, pending, active, held, spent, expired, debt, tier, since, until)
 WHERE b.member_id = s.member_id
"""

# Also under ids that were absorbed since: a transfer stays where it was posted.
_POSTED = """
SELECT t.natural_key
  FROM (SELECT unnest($1::uuid[]) UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = ANY($1::uuid[]))
       AS own (member_id)
  JOIN points_transfers AS t ON t.member_id = own.member_id AND t.natural_key = ANY($2::text[])
"""

_INSERT_TRANSFERS = """
INSERT INTO points_transfers (member_id, transfer_id, kind, natural_key, points, order_id, business_time, reason,
                              rule_version, actor_kind, actor_id, terminal_id)
SELECT t.*, $10, $11, $12
  FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::bigint[], $6::uuid[], $7::timestamptz[],
              $8::text[], $9::text[]) AS t
"""

_INSERT_ENTRIES = """
INSERT INTO points_entries (member_id, transfer_id, account, lot_id, amount)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::bigint[])
"""

_STATEMENT = """
SELECT transfer_id, kind, points, order_id, business_time, reason, rule_version
  FROM points_transfers
 WHERE member_id = $1 AND points <> 0 AND (business_time, transfer_id) < ($2, $3::uuid)
 ORDER BY business_time DESC, transfer_id DESC
 LIMIT $4
"""

_QUALIFY = """
INSERT INTO qualifying_spend (member_id, order_id, business_time, amount)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[])
    ON CONFLICT (member_id, order_id) DO NOTHING
"""

_UNQUALIFY = "DELETE FROM qualifying_spend WHERE member_id = $1 AND order_id = $2"

# As of the member's newest sale, so that the answer does not depend on the order in which sales arrive.
_SPEND = """
SELECT q.member_id, sum(q.amount)::bigint AS spend, max(q.business_time) AS newest
  FROM unnest($1::uuid[]) AS m (member_id)
 CROSS JOIN LATERAL (SELECT max(business_time) AS newest FROM qualifying_spend WHERE member_id = m.member_id) AS last
  JOIN qualifying_spend AS q
    ON q.member_id = m.member_id AND q.business_time > last.newest - make_interval(days => $2)
 GROUP BY q.member_id
"""

_PROGRAM_COLUMNS = """
version, amount_per_point, point_value, pending_days, expire_days, qualifying_days, tiers, min_spends, valid_days,
       multipliers_bp
"""

_PROGRAM = f"SELECT {_PROGRAM_COLUMNS} FROM programs ORDER BY version DESC LIMIT 1"

_PUT_PROGRAM = f"""
INSERT INTO programs ({_PROGRAM_COLUMNS}, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
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


async def balance(tx: Tx, member_id: str) -> Balance:
    """A member's balances now; zeros for one who never moved a point."""
    row = await tx.fetchrow(_BALANCE, member_id)
    return Balance(**row) if row else Balance(member_id)


async def save(tx: Tx, balances: Iterable[Balance]) -> None:
    """Writes locked balances back."""
    rows = [tuple(getattr(balance, name) for name in _ROW) for balance in balances]
    if rows:
        await tx.execute(_SAVE, *map(list, zip(*rows, strict=True)))


async def posted(tx: Tx, member_ids: Iterable[str], natural_keys: Sequence[str]) -> set[str]:
    """Which of these transfers have happened, under any of the members' ids."""
    return {row["natural_key"] for row in await tx.fetch(_POSTED, sorted(set(member_ids)), list(natural_keys))}


async def insert(tx: Tx, transfers: Sequence[Transfer], actor: Actor) -> None:
    """Appends transfers with their entries."""
    if not transfers:
        return
    heads = [tuple(getattr(transfer, name) for name in _HEAD) for transfer in transfers]
    who = (actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_INSERT_TRANSFERS, *map(list, zip(*heads, strict=True)), *who)
    entries = [(t.member_id, t.transfer_id, *entry) for t in transfers for entry in t.entries]
    if entries:
        await tx.execute(_INSERT_ENTRIES, *map(list, zip(*entries, strict=True)))


async def statement(tx: Tx, member_id: str, after: tuple[datetime, str], limit: int) -> list[asyncpg.Record]:
    """A member's transfers, newest first, from behind `after`."""
    return list(await tx.fetch(_STATEMENT, member_id, *after, limit))


async def qualify(tx: Tx, rows: Sequence[tuple[str, str, datetime, int]]) -> None:
    """Counts orders (member, order, time, amount) toward tiers, once each."""
    if rows:
        await tx.execute(_QUALIFY, *map(list, zip(*rows, strict=True)))


async def unqualify(tx: Tx, member_id: str, order_id: str) -> None:
    """Takes an order that will not be fulfilled out of the count."""
    await tx.execute(_UNQUALIFY, member_id, order_id)


async def spend(tx: Tx, member_ids: Iterable[str], days: int) -> Mapping[str, tuple[int, datetime]]:
    """Qualifying spend of each member in the days up to his newest sale, and when that was."""
    rows = await tx.fetch(_SPEND, sorted(set(member_ids)), days)
    return {row["member_id"]: (row["spend"], row["newest"]) for row in rows}


async def program(tx: Tx) -> Program:
    """The program in force."""
    row = await tx.fetchrow(_PROGRAM)
    if row is None:
        return NO_PROGRAM
    columns: Any = (row["tiers"], row["min_spends"], row["valid_days"], row["multipliers_bp"])
    tiers = tuple(Tier(*values) for values in zip(*columns, strict=True))
    head = (row["version"], row["amount_per_point"], row["point_value"])
    return Program(*head, row["pending_days"], row["expire_days"], row["qualifying_days"], tiers)


async def put_program(tx: Tx, program: Program, actor: Actor) -> None:
    """Adds a version of the program."""
    p, tiers = program, program.tiers
    head = (p.version, p.amount_per_point, p.point_value, p.pending_days, p.expire_days, p.qualifying_days)
    columns = (
        [tier.tier for tier in tiers],
        [tier.min_spend for tier in tiers],
        [tier.valid_days for tier in tiers],
        [tier.multiplier_bp for tier in tiers],
    )
    await tx.execute(_PUT_PROGRAM, *head, *columns, actor.kind.value, actor.id)
