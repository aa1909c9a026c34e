"""What members bought under purchase limits, and what they are about to buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.order.checkout.domain_basket import Limited

_BOUGHT = """
SELECT line.sku, sum(CASE WHEN line.by_measure THEN 1 ELSE line.quantity END - coalesce(gone.units, 0))::bigint AS units
  FROM ids_of_member($1) AS id
 CROSS JOIN LATERAL (
       SELECT order_id FROM orders
        WHERE member_id = id AND business_time >= $2 AND state <> 'CANCELLED'
          AND NOT order_id = ANY($3::uuid[])) AS own
  JOIN order_lines AS line ON line.order_id = own.order_id
  LEFT JOIN LATERAL (
       SELECT sum(last_unit - first_unit + 1) AS units FROM cancelled_units AS cut
        WHERE cut.order_id = line.order_id AND cut.line_no = line.line_no) AS gone ON true
 WHERE line.quantity > 0 GROUP BY line.sku
"""
# who is about to order, until his order is there to be counted
_CLAIMED = """
SELECT limit_id, order_id, units FROM limit_claims AS claim
 WHERE member_id = (SELECT resolve_member($1)) AND claim_time > now() - $2::interval
   AND NOT EXISTS (SELECT FROM orders WHERE orders.order_id = claim.order_id)
"""
_CLAIM = """
INSERT INTO limit_claims (member_id, limit_id, order_id, units)
SELECT resolve_member($1), claim.*
  FROM unnest($2::text[], $3::uuid[], $4::bigint[]) AS claim (limit_id, order_id, units)
ON CONFLICT DO NOTHING
"""
# one member's orders at one moment, one after the other
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('limits:' || (SELECT resolve_member($1))::text, 0))"
_SWEEP = "DELETE FROM limit_claims WHERE claim_time < now() - $1::interval"


@dataclass(frozen=True, slots=True)
class Claims:
    """By limit, what somebody is about to buy, and the orders that are not there yet."""

    units: Mapping[str, int]
    order_ids: tuple[str, ...]


NONE = Claims({}, ())


async def bought(tx: Tx, member_id: str, since: datetime, besides: Claims = NONE) -> dict[str, int]:
    """By SKU, the units that a member bought since then and that were not cancelled, besides these claims."""
    rows = await tx.fetch(_BOUGHT, member_id, since, list(besides.order_ids))
    return {row["sku"]: row["units"] for row in rows}


async def claimed(tx: Tx, member_id: str, within: timedelta) -> Claims:
    """What he is about to buy; call under `lock`, and before `bought`, which leaves these orders out."""
    units: dict[str, int] = {}
    rows = await tx.fetch(_CLAIMED, member_id, within)
    for row in rows:
        units[row["limit_id"]] = units.get(row["limit_id"], 0) + row["units"]
    return Claims(units, tuple({row["order_id"] for row in rows}))


async def claim(tx: Tx, member_id: str, order_id: str, limits: Sequence[Limited]) -> None:
    """Keeps what an order is about to take of each limit."""
    ids, units = [each.limit_id for each in limits], [each.units for each in limits]
    await tx.execute(_CLAIM, member_id, ids, [order_id] * len(ids), units)


async def lock(tx: Tx, member_id: str) -> None:
    """Nobody else counts for this member until the transaction ends."""
    await tx.execute(_LOCK, member_id)


async def sweep(tx: Tx, older: timedelta) -> None:
    """Removes claims whose orders have long been counted, or never came."""
    await tx.execute(_SWEEP, older)
