"""Every SQL statement about what holds took of lots of value, and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.value.domain import Kind, Part, State

COLUMNS = "hold_id, lot_id, kind, amount, returned, state, line_no, location_id"
_INSERT = """
INSERT INTO value_parts (hold_id, lot_id, kind, amount, state, line_no, location_id, spend_time)
SELECT $1, lot_id, kind, amount, $2, line_no, $3, $4
  FROM unnest($5::uuid[], $6::smallint[], $7::bigint[], $8::int[]) AS part (lot_id, kind, amount, line_no)
    ON CONFLICT (hold_id, lot_id) DO UPDATE
   SET amount = CASE WHEN value_parts.state = 3 THEN 0 ELSE value_parts.amount END + excluded.amount,
       state = excluded.state, spend_time = excluded.spend_time,
       location_id = excluded.location_id
"""
_FIND = f"SELECT {COLUMNS} FROM value_parts WHERE hold_id = $1 ORDER BY lot_id FOR UPDATE"
_TURN = f"""
WITH turned AS (
    UPDATE value_parts SET state = $2, location_id = $3, spend_time = $4 WHERE hold_id = $1 AND state = 1
    RETURNING {COLUMNS}
)
SELECT * FROM turned ORDER BY lot_id
"""
_GIVEN_BACK = """
UPDATE value_parts AS p SET returned = p.returned + given.amount
  FROM unnest($2::uuid[], $3::bigint[]) AS given (lot_id, amount) WHERE p.hold_id = $1 AND p.lot_id = given.lot_id
"""
# earlier versions kept a refund as one part, under its own id
_NOTE_RETURN = """
INSERT INTO value_returns (order_id, key, kind, ref, amount, refund_id, business_time)
SELECT $1, $2, kind, ref, amount, $3, $4 FROM unnest($5::smallint[], $6::text[], $7::bigint[]) AS r (kind, ref, amount)
 WHERE NOT EXISTS (SELECT FROM value_returns AS had WHERE had.order_id = $1 AND had.key = $3 AND had.key <> ''
                      AND had.kind = r.kind AND had.ref = r.ref)
    ON CONFLICT (order_id, key, kind, ref) DO NOTHING
"""
_OPEN_RETURNS = """
SELECT key, kind, ref, amount, refund_id, business_time FROM value_returns WHERE order_id = $1 AND NOT settled
 ORDER BY key, kind, ref FOR UPDATE
"""
_SETTLED = """
UPDATE value_returns SET settled = true, back = $5 WHERE order_id = $1 AND key = $2 AND kind = $3 AND ref = $4
"""
_OF_REFUND = """
SELECT coalesce(sum(amount), 0)::bigint AS asked, coalesce(sum(back), 0)::bigint AS back FROM value_returns
 WHERE order_id = $1 AND refund_id = $2 AND refund_id <> '' AND kind = $3 AND ref = $4 AND settled
"""
_END = "INSERT INTO value_ended_orders (order_id, business_time) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING"
_ENDED = "SELECT EXISTS (SELECT FROM value_ended_orders WHERE order_id = $1)"
_COMMITTED = "UPDATE points_holds SET state = 2 WHERE hold_id = $1 AND state = 1 AND points = 0"

_HELD_DRIFT = """
SELECT format('lot=%s', l.lot_id) AS subject, coalesce(p.amount, 0)::text AS expected, l.held::text AS found,
       '' AS repair
  FROM value_lots AS l
  LEFT JOIN (SELECT lot_id, sum(amount) AS amount FROM value_parts WHERE state = 1 GROUP BY lot_id) AS p USING (lot_id)
 WHERE l.held <> coalesce(p.amount, 0) LIMIT 100
"""
# What was spent of lots, less what came back; what was spent and never there is a lot of its own.
_SPENT_DRIFT = """
SELECT format('lot=%s', l.lot_id) AS subject, coalesce(p.amount, 0)::text AS expected, l.spent::text AS found,
       '' AS repair
  FROM value_lots AS l
  LEFT JOIN (SELECT lot_id, sum(amount - returned) AS amount FROM value_parts WHERE state = 2 GROUP BY lot_id) AS p
       USING (lot_id)
 WHERE l.issued > 0 AND l.spent <> coalesce(p.amount, 0) LIMIT 100
"""

CHECKS = (
    Check("wallet.held_value_equals_parts", "SELECT count(*) FROM value_lots WHERE held > 0", _HELD_DRIFT),
    Check("wallet.spent_value_equals_parts", "SELECT count(*) FROM value_parts", _SPENT_DRIFT),
)


@dataclass(frozen=True, slots=True)
class Return:
    """What an order gives back of one thing."""

    key: str
    kind: Kind
    ref: str
    amount: int
    refund_id: str
    moment: datetime


async def insert(
    tx: Tx,
    hold_id: str,
    state: State,
    parts: Sequence[tuple[str, Kind, int, int]],
    location_id: str = "",
    moment: datetime | None = None,
) -> None:
    """Keeps what a hold took, as (lot, kind, amount, line)."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    await tx.execute(_INSERT, hold_id, state, location_id, moment, *columns)


async def find(tx: Tx, hold_id: str) -> list[Part]:
    """What a hold took, locked."""
    return [part_of(row) for row in await tx.fetch(_FIND, hold_id)]


async def turn(tx: Tx, hold_id: str, state: State, location_id: str = "", moment: datetime | None = None) -> list[Part]:
    """Ends what is held; gives what it was."""
    return [part_of(row) for row in await tx.fetch(_TURN, hold_id, state, location_id, moment)]


async def given_back(tx: Tx, hold_id: str, amounts: Sequence[tuple[str, int]]) -> None:
    """Notes what came back, as (lot, amount)."""
    await tx.execute(_GIVEN_BACK, hold_id, [lot_id for lot_id, _ in amounts], [amount for _, amount in amounts])


async def note_returns(
    tx: Tx, order_id: str, key: str, refund_id: str, moment: datetime, rows: Sequence[tuple[Kind, str, int]]
) -> None:
    """Keeps what an order gives back, as (kind, lot, amount), once for each key."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await tx.execute(_NOTE_RETURN, order_id, key, refund_id, moment, *columns)


async def open_returns(tx: Tx, order_id: str) -> list[Return]:
    """What an order gives back and has not got into its lots, locked."""
    return [
        Return(row["key"], Kind(row["kind"]), row["ref"], row["amount"], row["refund_id"], row["business_time"])
        for row in await tx.fetch(_OPEN_RETURNS, order_id)
    ]


async def settled(tx: Tx, order_id: str, one: Return, back: int) -> None:
    """It is done: so much is back where it came from."""
    await tx.execute(_SETTLED, order_id, one.key, one.kind, one.ref, back)


async def of_refund(tx: Tx, order_id: str, one: Return) -> tuple[int, int]:
    """What a refund asked for of one thing in all its parts, and what of that is back."""
    row = await tx.fetchrow(_OF_REFUND, order_id, one.refund_id, one.kind, one.ref)
    assert row is not None
    return row["asked"], row["back"]


async def end_order(tx: Tx, order_id: str, moment: datetime) -> None:
    """Notes that an order ended, also before what it spent was heard of."""
    await tx.execute(_END, order_id, moment)


async def is_ended(tx: Tx, order_id: str) -> bool:
    """Whether an order ended."""
    return bool(await tx.fetchval(_ENDED, order_id))


async def commit_head(tx: Tx, hold_id: str) -> None:
    """A hold without points is committed by what else it holds."""
    await tx.execute(_COMMITTED, hold_id)


def part_of(row: asyncpg.Record) -> Part:
    """A row as a part."""
    return Part(
        row["hold_id"], row["lot_id"], Kind(row["kind"]), row["amount"], row["returned"], State(row["state"]),
        row["line_no"], row["location_id"],
    )  # fmt: skip
