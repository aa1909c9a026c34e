"""A batch of holds, or of their commits, in as many round trips as one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points.domain import Account, Lot
from services.member.points.ledger import move_entries
from services.member.value.domain import Kind, Part, State
from services.member.wallet.domain import Hold
from services.member.wallet.domain_batch import Made
from services.member.wallet.store import COLUMNS, hold_of
from services.member.wallet.store_parts import COLUMNS as PARTS
from services.member.wallet.store_parts import part_of

# Asked behind the locks: which of these holds are known, and who of these members may spend nothing.
_LOOK = f"""
SELECT NULL::uuid AS frozen_id, {COLUMNS} FROM points_holds WHERE hold_id = ANY($1::uuid[])
 UNION ALL
SELECT member_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM members WHERE member_id = ANY($2::uuid[]) AND value_frozen_time IS NOT NULL
"""
_SPENDABLE = """
SELECT member_id, lot_id, active AS available, earn_time, expire_time FROM points_lots
 WHERE member_id = ANY($1::uuid[]) AND active > 0 AND (expire_time IS NULL OR expire_time > $2)
"""
# Holds with all that they do to points: transfers, entries, lots, balances. Fewer holds made than given: somebody else
# made one of them a moment ago.
_WRITE = """
WITH made AS (
    INSERT INTO points_holds (hold_id, member_id, state, points, value, lot_ids, lot_points, business_time, asked,
                              terminal_id, end_time)
    SELECT hold_id, member_id, 1, points, value, lot_ids::uuid[], lot_points::bigint[], $9, asked, terminal_id, ends
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $10::timestamptz[])
        AS h (hold_id, member_id, points, value, lot_ids, lot_points, asked, terminal_id, ends)
     ORDER BY hold_id
        ON CONFLICT (hold_id) DO NOTHING RETURNING hold_id
), transfers AS (
    INSERT INTO points_transfers (member_id, transfer_id, kind, natural_key, points, order_id, business_time, reason,
                                  rule_version, actor_kind, actor_id, terminal_id)
    SELECT t.member_id, t.transfer_id, 3, 'hold:' || t.order_id, 0, t.order_id, $9, '', $11, t.actor_kind, t.actor_id,
           t.terminal_id
      FROM unnest($12::uuid[], $13::uuid[], $14::uuid[], $15::text[], $16::text[], $17::text[])
        AS t (member_id, transfer_id, order_id, actor_kind, actor_id, terminal_id)
), entries AS (
    INSERT INTO points_entries (member_id, transfer_id, account, lot_id, amount)
    SELECT * FROM unnest($18::uuid[], $19::uuid[], $20::smallint[], $21::uuid[], $22::bigint[])
), lots AS (
    UPDATE points_lots AS l SET active = l.active - d.points, held = l.held + d.points
      FROM unnest($23::uuid[], $24::uuid[], $25::bigint[]) AS d (member_id, lot_id, points)
     WHERE l.member_id = d.member_id AND l.lot_id = d.lot_id
), balances AS (
    UPDATE points_balances AS b SET active = b.active - d.points, held = b.held + d.points
      FROM unnest($26::uuid[], $27::bigint[]) AS d (member_id, points)
     WHERE b.member_id = d.member_id
)
SELECT count(*) FROM made
"""
_ADD_PARTS = """
INSERT INTO value_parts (hold_id, lot_id, kind, amount, state, line_no)
SELECT hold_id, lot_id, kind, amount, $1, line_no
  FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::bigint[], $6::int[])
    AS part (hold_id, lot_id, kind, amount, line_no)
"""
_PARTS_OF = f"""
SELECT {PARTS} FROM value_parts WHERE hold_id = ANY($1::uuid[]) ORDER BY hold_id, lot_id FOR UPDATE
"""
_UNSETTLED = """
SELECT order_id FROM value_ended_orders WHERE order_id = ANY($1::uuid[])
 UNION
SELECT order_id FROM value_returns WHERE order_id = ANY($1::uuid[]) AND NOT settled
"""
_SPEND_PARTS = """
UPDATE value_parts AS p SET state = 2, location_id = told.location_id, spend_time = told.business_time
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS told (order_id, location_id, business_time)
 WHERE p.hold_id = told.order_id AND p.state = 1
"""
_HEADS = "UPDATE points_holds SET state = 2 WHERE hold_id = ANY($1::uuid[]) AND state = 1 AND points = 0"
_FIND = f"SELECT {COLUMNS} FROM points_holds WHERE hold_id = ANY($1::uuid[]) ORDER BY hold_id FOR UPDATE"
_CANCELLED = "SELECT order_id FROM cancelled_orders WHERE order_id = ANY($1::uuid[])"
_UNHELD = """
SELECT order_id FROM points_transfers WHERE order_id = ANY($1::uuid[]) AND kind = 5 AND reason = 'HOLD_MISSING'
"""
_COMMIT = "UPDATE points_holds SET state = 2, reason = '' WHERE hold_id = ANY($1::uuid[]) AND state = 1"
_GIVEN_UP = """
SELECT order_id FROM cancelled_units WHERE order_id = ANY($1::uuid[]) AND points_returned > 0
 UNION
SELECT order_id FROM returned_units WHERE order_id = ANY($1::uuid[]) AND points_returned > 0
"""


async def look(tx: Tx, hold_ids: Iterable[str], member_ids: Iterable[str]) -> tuple[dict[str, Hold], frozenset[str]]:
    """Which of these holds are known, and which of these members may spend nothing; they are locked by now."""
    rows = await tx.fetch(_LOOK, sorted(set(hold_ids)), sorted(set(member_ids)))
    frozen = frozenset(row["frozen_id"] for row in rows if row["frozen_id"] is not None)
    return {row["hold_id"]: hold_of(row) for row in rows if row["frozen_id"] is None}, frozen


async def spendable(tx: Tx, member_ids: Iterable[str], now: datetime) -> dict[str, list[Lot]]:
    """Lots that can pay now, by member."""
    found: dict[str, list[Lot]] = {}
    for row in await tx.fetch(_SPENDABLE, sorted(set(member_ids)), now):
        lot = Lot(row["lot_id"], row["available"], row["earn_time"], row["expire_time"])
        found.setdefault(row["member_id"], []).append(lot)
    return found


async def write(tx: Tx, made: Sequence[Made], now: datetime, ends: datetime, rule_version: str) -> bool:
    """Keeps holds and moves their points; False if one of them was made by somebody else a moment ago."""
    heads, transfers, entries = [], [], []
    lots, balances = Counter[tuple[str, str]](), Counter[str]()
    for one in made:
        hold = one.hold
        names, amounts = zip(*hold.parts, strict=True) if hold.parts else ((), ())
        head = (hold.hold_id, hold.member_id, hold.points, hold.value, _array(names), _array(amounts), hold.asked)
        heads.append((*head, hold.terminal_id, ends if hold.terminal_id else None))
        if not hold.points:
            continue
        transfer_id = uuid7()
        transfers.append((hold.member_id, transfer_id, hold.hold_id, *one.ask.actor))
        moved = move_entries(hold.parts, Account.ACTIVE, Account.HELD)
        entries += [(hold.member_id, transfer_id, *entry) for entry in moved]
        for lot_id, points in hold.parts:
            lots[hold.member_id, lot_id] += points
            balances[hold.member_id] += points
    above, until = (columns := _columns(heads, 9))[:8], columns[8]
    below = (*_columns(transfers, 6), *_columns(entries, 5))
    sums = _columns([(*key, points) for key, points in sorted(lots.items())], 3)
    args = (*above, now, until, rule_version, *below, *sums, *_columns(sorted(balances.items()), 2))
    return int(await tx.fetchval(_WRITE, *args)) == len(made)


async def insert_parts(tx: Tx, rows: Sequence[tuple[str, str, Kind, int, int]]) -> None:
    """Keeps what new holds took of lots of value, as (hold, lot, kind, amount, line)."""
    await tx.execute(_ADD_PARTS, State.HELD, *_columns(rows, 5))


async def parts(tx: Tx, order_ids: Sequence[str]) -> tuple[dict[str, list[Part]], set[str]]:
    """What these orders hold of value, locked; and which of them ended, or give something back already."""
    held: dict[str, list[Part]] = {}
    for row in await tx.fetch(_PARTS_OF, list(order_ids)):
        held.setdefault(row["hold_id"], []).append(part_of(row))
    return held, {row["order_id"] for row in await tx.fetch(_UNSETTLED, list(order_ids))}


async def spend_parts(tx: Tx, rows: Sequence[tuple[str, str, datetime]]) -> None:
    """Ends what is held of value, as (order, store, moment)."""
    await tx.execute(_SPEND_PARTS, *_columns(rows, 3))


async def commit_heads(tx: Tx, hold_ids: Sequence[str]) -> None:
    """Holds without points are committed by what else they hold."""
    await tx.execute(_HEADS, list(hold_ids))


async def find(tx: Tx, hold_ids: Iterable[str]) -> dict[str, Hold]:
    """Holds, locked in key order."""
    return {row["hold_id"]: hold_of(row) for row in await tx.fetch(_FIND, sorted(set(hold_ids)))}


async def ended(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    """Which of these orders' ends were heard of."""
    return {row["order_id"] for row in await tx.fetch(_CANCELLED, list(order_ids))}


async def unheld(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    """Which of these orders are known to have spent what was not held."""
    rows = await tx.fetch(_UNHELD, list(order_ids)) if order_ids else []
    return {row["order_id"] for row in rows}


async def commit(tx: Tx, hold_ids: Sequence[str]) -> None:
    """Ends active holds as spent."""
    await tx.execute(_COMMIT, list(hold_ids))


async def given_up(tx: Tx, order_ids: Sequence[str]) -> list[str]:
    """Orders of which units were given up or came back on which points had been spent."""
    return sorted(row["order_id"] for row in await tx.fetch(_GIVEN_UP, list(order_ids)))


def _array(values: Iterable[Any]) -> str:
    """Arrays of unequal length cannot be unnested, so they go as text."""
    return f"{{{','.join(map(str, values))}}}"


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
