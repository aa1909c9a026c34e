"""Points on a member's timeline: one record for each order, and for each move that is no order's."""

from collections.abc import Sequence
from datetime import datetime

from services.member.points.domain import Kind
from services.member.points.ledger import Transfer
from services.member.profile.domain_timeline import Kind as Told
from services.member.profile.timeline import Record

# what only moves points between accounts of one member is nothing that happened to him
_TOLD = frozenset(Kind) - {Kind.ACTIVATE, Kind.HOLD, Kind.RELEASE}


def records(transfers: Sequence[Transfer]) -> list[Record]:
    """What a member is told of these; lots that end at once, or that one order opened, are one record."""
    sums: dict[tuple[str, Kind, str | None, datetime], list[Transfer]] = {}
    for one in transfers:
        if one.kind in _TOLD and one.points:
            sums.setdefault((one.member_id, one.kind, one.order_id, one.business_time), []).append(one)
    return [
        Record(
            min(one.transfer_id for one in group),
            member_id,
            Told.POINTS,
            "points",
            moment,
            subject_id=order_id or "",
            data={"move": kind.name, "points": sum(one.points for one in group)},
        )
        for (member_id, kind, order_id, moment), group in sums.items()
    ]
