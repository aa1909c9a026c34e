"""Every SQL statement about refunds of packs whose time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.returns.domain_refunds import Part, RefundTender

_INSERT = """
INSERT INTO pack_refunds (pack_id, order_id, amount, state, code, due_time) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (pack_id) DO NOTHING RETURNING true
"""
_PARTS = """
INSERT INTO refund_tenders (refund_id, order_id, tender_no, kind, provider, amount, state, code, as_credit)
SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::bool[])
    ON CONFLICT (refund_id, tender_no) DO UPDATE
   SET amount = excluded.amount, state = excluded.state, code = excluded.code, as_credit = excluded.as_credit
"""
_LOCK = """
SELECT pack_id, order_id, amount, state, code,
       (SELECT json_agg(json_build_array(tender_no, kind, provider, amount, state, code, as_credit) ORDER BY tender_no)
          FROM refund_tenders WHERE refund_id = pack_id) AS parts
  FROM pack_refunds WHERE pack_id = $1 FOR UPDATE
"""
_CLAIM = "UPDATE pack_refunds SET code = $2 WHERE pack_id = $1 AND state = 'PAYING'"
_END = "UPDATE pack_refunds SET state = $2, code = $3, end_time = $4 WHERE pack_id = $1"
_UNPAID = """
SELECT format('pack=%s', r.pack_id) AS subject, r.amount AS expected, coalesce(sum(p.amount), 0) AS found, '' AS repair
  FROM pack_refunds AS r
  LEFT JOIN refund_tenders AS p ON p.refund_id = r.pack_id AND (r.state <> 'PAID' OR p.state = 'DONE')
 WHERE r.state <> 'BY_HAND'
 GROUP BY r.pack_id, r.amount HAVING coalesce(sum(p.amount), 0) <> r.amount LIMIT 100
"""

# in the code of one that member has let us pay: no later answer changes it
_CLAIMED = "CLAIMED"

CHECKS = (Check("returns.packs_are_refunded_whole", "SELECT count(*) FROM pack_refunds", _UNPAID),)


@dataclass(frozen=True, slots=True)
class PackRefund:
    """What a pack's end owes its buyer, and how it is paid."""

    pack_id: str
    order_id: str | None
    amount: int
    state: str
    parts: tuple[RefundTender, ...] = ()
    claimed: bool = False


async def insert(tx: Tx, one: PackRefund, code: str, due: datetime) -> bool:
    """Keeps what is owed; False if it was kept before."""
    made = await tx.fetchval(_INSERT, one.pack_id, one.order_id, one.amount, one.state, code, due)
    if made:
        await put(tx, one, one.parts)
    return bool(made)


async def put(tx: Tx, one: PackRefund, parts: Sequence[RefundTender]) -> None:
    """How each part of the money stands."""
    rows = [(p.tender_no, p.kind, p.provider, p.amount, p.state, p.code, p.as_credit) for p in parts]
    if rows:
        await tx.execute(_PARTS, one.pack_id, one.order_id, *map(list, zip(*rows, strict=True)))


async def lock(tx: Tx, pack_id: str) -> PackRefund | None:
    """A refund that nobody else changes meanwhile."""
    row = await tx.fetchrow(_LOCK, pack_id)
    return _refund(row) if row else None


async def claim(tx: Tx, pack_id: str) -> None:
    """It is ours to pay."""
    await tx.execute(_CLAIM, pack_id, _CLAIMED)


async def end(tx: Tx, pack_id: str, state: str, code: str, moment: datetime) -> None:
    """It is over for us."""
    await tx.execute(_END, pack_id, state, code, moment)


_decode = msgspec.json.Decoder(list[tuple[int, str, str, int, Part, str, bool]]).decode


def _refund(row: Any) -> PackRefund:
    parts = _decode(row["parts"]) if row["parts"] else []
    tenders, claimed = tuple(RefundTender(*one) for one in parts), row["code"] == _CLAIMED
    return PackRefund(row["pack_id"], row["order_id"], row["amount"], row["state"], tenders, claimed)
