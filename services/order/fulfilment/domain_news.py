"""What order itself tells of an order's way: what places said no to, and what somebody cancelled."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_sourced import Happened, News


def cancelled(order_id: str, event_id: str, given: Sequence[Cancelled], reason: str) -> list[News]:
    """Units that somebody cancelled, as the order's timeline says it."""
    return [
        News(order_id, event_id, number, Happened.CANCELLED, one.at, one.line_no, one.quantity, "", reason)
        for number, one in enumerate(given)
    ]


def rejected(part: Fulfilment, event_id: str) -> list[News]:
    """What a location said no to."""
    known = News(part.order_id, event_id, 0, Happened.REJECTED, part.update_time, location_id=part.location_id)
    return [
        replace(known, number=number, line_no=line.line_no, quantity=line.quantity, reason=part.reason)
        for number, line in enumerate(part.lines)
    ]


def sent_for(
    part: Fulfilment, line_nos: Collection[int], event_id: str, at: datetime, until: datetime | None
) -> list[News]:
    """What a location lacks, and other places send to it."""
    known = News(part.order_id, event_id, 0, Happened.SENT_FOR, at, location_id=part.location_id, promise_time=until)
    asked = [line for line in part.lines if line.line_no in line_nos]
    return [replace(known, number=n, line_no=line.line_no, quantity=line.quantity) for n, line in enumerate(asked)]
