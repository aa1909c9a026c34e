"""Refunds, how their money moves, and the board of their consequences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.checkout import domain_reasons
from services.order.returns.domain_board import Kind, Row
from services.order.returns.domain_board import State as RowState
from services.order.returns.domain_refunds import Part, Refund, RefundTender, State

_INSERT = """
INSERT INTO refunds (refund_id, order_id, member_id, currency, amount, excess, state, grant_time, due_time, deducted,
    pay_time, requalified, restocking, return_shipping, delivery, reason, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""
_TENDERS = """
INSERT INTO refund_tenders (refund_id, order_id, tender_no, kind, provider, amount, state, code, as_credit, tries,
    kept)
SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::bool[],
    $10::int[], $11::bigint[])
    ON CONFLICT (refund_id, tender_no) DO UPDATE SET amount = excluded.amount, state = excluded.state,
       code = excluded.code, tries = excluded.tries
"""
# what is on its way back by each tender: planned, and not in the journal yet
_PROMISED = """
SELECT tender_no, sum(amount)::bigint AS amount FROM refund_tenders
 WHERE order_id = $1 AND state <> 'DONE' GROUP BY tender_no
"""
_COLUMNS = """refund_id, order_id, member_id, currency, amount, state, grant_time, due_time, deducted, excess, pay_time,
       late, complete, requalified, restocking, return_shipping, delivery, reason, actor_kind, actor_id,
       actor_terminal_id"""
_PARTS = """
       (SELECT json_agg(json_build_array(tender_no, kind, provider, amount, state, code, as_credit, tries, kept)
                   ORDER BY tender_no)
          FROM refund_tenders AS t WHERE t.refund_id = r.refund_id) AS tenders
"""
_GET = f"SELECT {_COLUMNS}, {_PARTS} FROM refunds AS r WHERE refund_id = ANY($1::uuid[])"
_LOCK = f"SELECT {_COLUMNS}, {_PARTS} FROM refunds AS r WHERE refund_id = $1 FOR UPDATE OF r"
_CHANGE = """
UPDATE refunds SET amount = $2, deducted = $3, state = $4, pay_time = $5, late = $6, complete = $7 WHERE refund_id = $1
"""
_OPEN = """
SELECT refund_id FROM refunds
 WHERE NOT complete AND (grant_time, refund_id) > ($1, $2) AND (late OR NOT $3) ORDER BY grant_time, refund_id LIMIT $4
"""
_ROWS = """
SELECT refund_id, kind, ref, owner, state, expected, amount, reason, settle_time, settled_by
  FROM reversals WHERE refund_id = ANY($1::uuid[]) ORDER BY refund_id, kind, ref
"""
_REQUALIFIED = "SELECT coalesce(sum(requalified), 0)::bigint FROM refunds WHERE order_id = $1"
# an older word that says less came late: sums only rise
_PUT_ROWS = """
INSERT INTO reversals AS had (refund_id, kind, ref, owner, state, expected, amount, reason, settle_time, settled_by)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
    $9::timestamptz[], $10::text[])
    ON CONFLICT (refund_id, kind, ref) DO UPDATE SET state = excluded.state, amount = excluded.amount,
       reason = excluded.reason, settle_time = excluded.settle_time, settled_by = excluded.settled_by
     WHERE had.settle_time IS NULL OR excluded.settle_time IS NULL OR excluded.settle_time >= had.settle_time
        OR excluded.amount > had.amount
"""


async def insert(tx: Tx, given: Refund, rows: Sequence[Row], actor: Actor) -> None:
    """Writes a grant with the way of its money and its board; who granted it, where and why."""
    head = (given.refund_id, given.order_id, given.member_id, given.currency, given.amount, given.excess, given.state)
    when = (given.grant_time, given.due_time, given.deducted, given.pay_time)
    kept = (given.requalified, given.restocking, given.return_shipping, given.delivery)
    why = domain_reasons.kept(given.reason)
    await tx.execute(_INSERT, *head, *when, *kept, why, actor.kind, actor.id, actor.terminal_id)
    await put_tenders(tx, given)
    await put_rows(tx, given.refund_id, rows)


async def put_tenders(tx: Tx, given: Refund) -> None:
    """How each part of the money stands."""
    rows = [
        (one.tender_no, one.kind, one.provider, one.amount, one.state, one.code, one.as_credit, one.tries, one.kept)
        for one in given.tenders
    ]
    if rows:
        await tx.execute(_TENDERS, given.refund_id, given.order_id, *map(list, zip(*rows, strict=True)))


async def requalified(tx: Tx, order_id: str) -> int:
    """What refunds of this order kept back for the goods that stayed."""
    return int(await tx.fetchval(_REQUALIFIED, order_id))


async def promised(tx: Tx, order_id: str) -> Mapping[int, int]:
    """By tender, what refunds of this order have promised and not moved."""
    return {row[0]: row[1] for row in await tx.fetch(_PROMISED, order_id)}


async def lock(tx: Tx, refund_id: str) -> Refund | None:
    """A refund that nobody else changes meanwhile."""
    row = await tx.fetchrow(_LOCK, refund_id)
    return _refund(row) if row else None


async def get(tx: Tx, refund_ids: Sequence[str]) -> dict[str, Refund]:
    """Refunds by their ids."""
    return {row["refund_id"]: _refund(row) for row in await tx.fetch(_GET, list(refund_ids))}


async def change(tx: Tx, given: Refund) -> None:
    """Writes how far a locked refund is."""
    head = (given.refund_id, given.amount, given.deducted, given.state, given.pay_time)
    await tx.execute(_CHANGE, *head, given.late, given.complete)


async def open_ones(tx: Tx, after: tuple[datetime, str], late: bool, size: int) -> list[str]:
    """Refunds whose board is not complete, oldest first."""
    return [row[0] for row in await tx.fetch(_OPEN, *after, late, size)]


async def rows(tx: Tx, refund_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The boards of these refunds."""
    found: dict[str, list[Row]] = {}
    for refund_id, kind, ref, owner, state, *rest in await tx.fetch(_ROWS, list(refund_ids)):
        found.setdefault(refund_id, []).append(Row(Kind(kind), ref, owner, RowState(state), *rest))
    return found


async def put_rows(tx: Tx, refund_id: str, given: Sequence[Row]) -> None:
    """Writes rows of a board, new or changed."""
    columns = [
        (row.kind, row.ref, row.owner, row.state, row.expected, row.amount, row.reason, row.settle_time, row.settled_by)
        for row in given
    ]
    if columns:
        await tx.execute(_PUT_ROWS, refund_id, *map(list, zip(*columns, strict=True)))


_decode = msgspec.json.Decoder(list[tuple[int, str, str, int, Part, str, bool, int, int]]).decode


def _refund(row: Any) -> Refund:
    values = dict(row)
    tenders = values.pop("tenders")
    return Refund(
        **values
        | {
            "state": State(row["state"]),
            "tenders": tuple(RefundTender(*one) for one in _decode(tenders)) if tenders else (),
        }
    )
