"""What the ledger tells of points, as a timeline shows it: a row for each order, and each move that is no order's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.member.points.domain import Kind

# What only moves points between accounts of one member, or along with him, is nothing that happened to him. Lots that
# one order opened, or that ended at once, are one row, named by the first of their transfers.
_TOLD = sorted({kind.value for kind in Kind} - {Kind.ACTIVATE, Kind.HOLD, Kind.RELEASE, Kind.TRANSFER})

_PAGE = """
SELECT one.* FROM unnest($1::uuid[]) AS own (member_id)
 CROSS JOIN LATERAL (
    SELECT moved.member_id, min(transfer_id::text)::uuid AS record_id, business_time, order_id, kind,
           sum(points)::bigint AS points
      FROM points_transfers AS moved
     WHERE moved.member_id = own.member_id AND kind = ANY($2::smallint[]) AND points <> 0 AND business_time <= $3
     GROUP BY business_time, moved.member_id, kind, order_id
    HAVING (business_time, min(transfer_id::text)) < ($3, $4)
     ORDER BY business_time DESC, record_id DESC LIMIT $5) AS one
 ORDER BY business_time DESC, record_id DESC LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Points that came or went, as one thing that happened; `points` is below zero where they went."""

    member_id: str
    record_id: str
    business_time: datetime
    order_id: str
    move: str
    points: int


async def page(tx: Tx, member_ids: Sequence[str], before: tuple[datetime, str], limit: int) -> list[Told]:
    """The newest first, strictly before this time and record."""
    rows = await tx.fetch(_PAGE, list(member_ids), _TOLD, before[0], before[1], limit)
    return [
        Told(row["member_id"], row["record_id"], row["business_time"], row["order_id"] or "", Kind(row["kind"]).name,
             row["points"])
        for row in rows
    ]  # fmt: skip
