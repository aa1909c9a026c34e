"""Every SQL statement about lots of value, their transfers and entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.member.value.domain import Kind, Lot, Terms
from services.member.value.ledger import Transfer

COLUMNS = """
lot_id, member_id, kind, source_id, issued, active, held, spent, owed, issue_time, begin_time, expire_time,
       terms::text AS terms
"""
# What these uses may take from, locked in key order: members' credit, and the lots that are named.
_OFFERED = f"""
SELECT {COLUMNS} FROM value_lots
 WHERE lot_id = ANY($1::uuid[]) OR (member_id = ANY($2::uuid[]) AND kind = $3 AND active > 0) ORDER BY lot_id FOR UPDATE
"""
_LOCK = f"SELECT {COLUMNS} FROM value_lots WHERE lot_id = ANY($1::uuid[]) ORDER BY lot_id FOR UPDATE"
_LOOK = f"SELECT {COLUMNS} FROM value_lots WHERE lot_id = $1"
_DEBTS = f"""
SELECT {COLUMNS} FROM value_lots WHERE member_id = $1 AND kind = 2 AND owed > 0 ORDER BY lot_id FOR UPDATE
"""
_OF_MEMBER = f"""
SELECT {COLUMNS} FROM value_lots
 WHERE member_id = $1 AND (active > 0 OR held > 0 OR owed > 0 OR issue_time > $2) ORDER BY kind, expire_time, lot_id
 LIMIT 500
"""
_OF_SOURCE = f"SELECT {COLUMNS} FROM value_lots WHERE source_id = $1 ORDER BY lot_id FOR UPDATE"
_EXPIRING = f"""
SELECT {COLUMNS} FROM value_lots
 WHERE expire_time <= $1 AND active > 0
   AND (expire_time, lot_id)
     > (coalesce($3::timestamptz, '-infinity'), coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid))
 ORDER BY expire_time, lot_id LIMIT $2
   FOR UPDATE SKIP LOCKED
"""
_ISSUE = """
INSERT INTO value_lots (lot_id, member_id, kind, source_id, issued, active, owed, issue_time, begin_time, expire_time,
                        terms)
SELECT lot_id, member_id, kind, source_id, 0, 0, 0, issued, begun, ended, terms::jsonb
  FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
              $7::timestamptz[], $8::text[]) AS lot (lot_id, member_id, kind, source_id, issued, begun, ended, terms)
    ON CONFLICT (lot_id) DO NOTHING
"""
# Transfers, their entries, and what they make of the lots, in one round trip. A transfer that has happened does not
# happen again, and its entries with it.
_POST = """
WITH transfers AS (
    INSERT INTO value_transfers (transfer_id, natural_key, verb, kind, member_id, amount, order_id, location_id, reason,
                                 business_time, actor_kind, actor_id, terminal_id)
    SELECT t.*
      FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::smallint[], $5::uuid[], $6::bigint[], $7::uuid[],
                  $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[]) AS t
        ON CONFLICT (natural_key) DO NOTHING RETURNING transfer_id
), entries AS (
    INSERT INTO value_entries (transfer_id, lot_id, account, amount)
    SELECT given.*
      FROM unnest($14::uuid[], $15::uuid[], $16::smallint[], $17::bigint[])
        AS given (transfer_id, lot_id, account, amount) JOIN transfers USING (transfer_id)
    RETURNING lot_id, account, amount
), sums AS (
    SELECT lot_id, coalesce(sum(amount) FILTER (WHERE account = 1), 0) AS active,
           coalesce(sum(amount) FILTER (WHERE account = 2), 0) AS held,
           -coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS issued,
           coalesce(sum(amount) FILTER (WHERE account = 4), 0) AS spent,
           -coalesce(sum(amount) FILTER (WHERE account = 6), 0) AS owed
      FROM entries GROUP BY lot_id
), lots AS (
    UPDATE value_lots AS l
       SET active = l.active + s.active, held = l.held + s.held, issued = l.issued + s.issued,
           spent = l.spent + s.spent, owed = l.owed + s.owed
      FROM sums AS s WHERE l.lot_id = s.lot_id
)
SELECT count(*) FROM transfers
"""
_EXTEND = """
UPDATE value_lots AS l SET expire_time = given.ended
  FROM unnest($1::uuid[], $2::timestamptz[]) AS given (lot_id, ended) WHERE l.lot_id = given.lot_id
"""
_REHOME = "UPDATE value_lots SET member_id = $2 WHERE member_id = $1 RETURNING lot_id"
# Back goes what came with the absorbed one and is still the survivor's (a card that was given on stays where it is),
# and what his own orders owe since.
_PART = """
UPDATE value_lots SET member_id = $2
 WHERE member_id = $1 AND (lot_id = ANY($3::uuid[]) OR (issued = 0 AND source_id = ANY($4::uuid[])))
"""
_ASSIGN = "UPDATE value_lots SET member_id = $2 WHERE lot_id = $1"
_GAINS = """
SELECT kind, count(*) AS count, sum(active + held - owed)::bigint AS amount FROM value_lots
 WHERE member_id = $1 AND (active > 0 OR held > 0 OR owed > 0) GROUP BY kind ORDER BY kind
"""
_STATEMENT = """
SELECT transfer_id, verb, kind, amount, order_id, location_id, reason, business_time FROM value_transfers
 WHERE member_id IN (SELECT $1 UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = $1) AND amount <> 0
   AND (business_time, transfer_id) < ($2, $3::uuid)
 ORDER BY business_time DESC, transfer_id DESC LIMIT $4
"""
_HAPPENED = "SELECT natural_key FROM value_transfers WHERE natural_key = ANY($1::text[])"

_UNBALANCED = """
SELECT format('transfer=%s', transfer_id) AS subject, '0' AS expected, sum(amount)::text AS found, '' AS repair
  FROM value_entries GROUP BY transfer_id HAVING sum(amount) <> 0 LIMIT 100
"""
CHECKS = (
    Check("value.transfers_sum_to_zero", "SELECT count(*) FROM value_entries", _UNBALANCED),
    Check(
        "value.lots_equal_entries",
        "SELECT count(*) FROM value_lots",
        """
SELECT format('lot=%s', l.lot_id) AS subject,
       format('%s/%s/%s/%s/%s', e.issued, e.active, e.held, e.spent, e.owed) AS expected,
       format('%s/%s/%s/%s/%s', l.issued, l.active, l.held, l.spent, l.owed) AS found, '' AS repair
  FROM value_lots AS l
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount) FILTER (WHERE account = 1), 0) AS active,
              coalesce(sum(amount) FILTER (WHERE account = 2), 0) AS held,
              -coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS issued,
              coalesce(sum(amount) FILTER (WHERE account = 4), 0) AS spent,
              -coalesce(sum(amount) FILTER (WHERE account = 6), 0) AS owed
         FROM value_entries WHERE lot_id = l.lot_id) AS e
 WHERE (l.issued, l.active, l.held, l.spent, l.owed) <> (e.issued, e.active, e.held, e.spent, e.owed) LIMIT 100
""",
    ),
)

_encode = msgspec.json.Encoder().encode
_terms = msgspec.json.Decoder(Terms).decode


async def offered(tx: Tx, lot_ids: Sequence[str], creditors: Sequence[str] = ()) -> list[Lot]:
    """The lots that are named, and these members' credit, locked."""
    rows = await tx.fetch(_OFFERED, list(lot_ids), list(creditors), Kind.CREDIT)
    return [lot(row) for row in rows]


async def lock(tx: Tx, lot_ids: Iterable[str]) -> dict[str, Lot]:
    """Lots, locked in key order."""
    return {row["lot_id"]: lot(row) for row in await tx.fetch(_LOCK, sorted(set(lot_ids)))}


async def look(tx: Tx, lot_id: str) -> Lot | None:
    """A lot as it stands now, unlocked."""
    row = await tx.fetchrow(_LOOK, lot_id)
    return lot(row) if row else None


async def debts(tx: Tx, member_id: str) -> list[Lot]:
    """What a member spent and never had."""
    return [lot(row) for row in await tx.fetch(_DEBTS, member_id)]


async def of_member(tx: Tx, member_id: str, since: datetime) -> list[Lot]:
    """What a member has, and what he had of late."""
    return [lot(row) for row in await tx.fetch(_OF_MEMBER, member_id, since)]


async def of_source(tx: Tx, source_id: str) -> list[Lot]:
    """All lots of a pack, batch, campaign or programme, locked."""
    return [lot(row) for row in await tx.fetch(_OF_SOURCE, source_id)]


async def expiring(tx: Tx, now: datetime, limit: int, behind: tuple[datetime, str] | None = None) -> list[Lot]:
    """Lots whose time is over and that still hold something, the first that ended first, locked."""
    return [lot(row) for row in await tx.fetch(_EXPIRING, now, limit, *(behind or (None, None)))]


async def issue(tx: Tx, lots: Sequence[Lot]) -> None:
    """Adds lots, empty; a transfer fills them."""
    rows = [
        (one.lot_id, one.member_id, one.kind, one.source_id, one.issue_time, one.begin_time, one.expire_time,
         _encode(one.terms).decode())
        for one in lots
    ]  # fmt: skip
    await tx.execute(_ISSUE, *_columns(rows, 8))


async def post(tx: Tx, transfers: Sequence[Transfer], actors: Actor | Sequence[Actor]) -> int:
    """Appends transfers with their entries and changes the lots by them; how many had not happened before.

    Each is somebody's, or all are one's.
    """
    whose = [actors] * len(transfers) if isinstance(actors, Actor) else actors
    heads = [
        (t.transfer_id, t.natural_key, t.verb, t.kind, t.member_id, t.amount, t.order_id, t.location_id, t.reason,
         t.business_time, actor.kind.value, actor.id, actor.terminal_id)
        for t, actor in zip(transfers, whose, strict=True)
    ]  # fmt: skip
    entries = [(t.transfer_id, lot_id, account, amount) for t in transfers for lot_id, account, amount in t.entries]
    return int(await tx.fetchval(_POST, *_columns(heads, 13), *_columns(entries, 4)))


async def extend(tx: Tx, ends: Mapping[str, datetime]) -> None:
    """Gives lots another end."""
    if ends:
        await tx.execute(_EXTEND, list(ends), list(ends.values()))


async def assign(tx: Tx, lot_id: str, member_id: str | None) -> None:
    """Gives a lot to a member, or to whoever has its code."""
    await tx.execute(_ASSIGN, lot_id, member_id)


async def rehome(tx: Tx, absorbed_id: str, survivor_id: str) -> list[str]:
    """Gives a member all lots of another; gives which."""
    return [row["lot_id"] for row in await tx.fetch(_REHOME, absorbed_id, survivor_id)]


async def part(tx: Tx, survivor_id: str, absorbed_id: str, lot_ids: Sequence[str], order_ids: Sequence[str]) -> None:
    """Gives these lots back, and what these orders owe."""
    await tx.execute(_PART, survivor_id, absorbed_id, list(lot_ids), list(order_ids))


async def gains(tx: Tx, member_id: str) -> list[tuple[Kind, int, int]]:
    """What a member has, by kind: how many, and how much."""
    return [(Kind(row["kind"]), row["count"], row["amount"]) for row in await tx.fetch(_GAINS, member_id)]


async def statement(tx: Tx, member_id: str, after: tuple[datetime, str], limit: int) -> list[asyncpg.Record]:
    """A member's transfers, newest first, from behind `after`."""
    return list(await tx.fetch(_STATEMENT, member_id, *after, limit))


async def happened(tx: Tx, natural_keys: Sequence[str]) -> set[str]:
    """Which of these transfers have happened."""
    return {row["natural_key"] for row in await tx.fetch(_HAPPENED, list(natural_keys))}


def lot(row: Any) -> Lot:
    """A row as a lot."""
    values = dict(row)
    return Lot(**values | {"kind": Kind(row["kind"]), "terms": _terms(row["terms"])})


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
