"""Goods that another place sends to the store where the shopper collects them: how far they are, and what came."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import invalid
from services.order.checkout.domain import Order
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.pickups.domain import Missing, Runs, parted


class State(StrEnum):
    """How far they are."""

    OPEN = "OPEN"
    IN_TRANSIT = "IN_TRANSIT"
    ARRIVED = "ARRIVED"


@dataclass(frozen=True, slots=True)
class Leg:
    """The way of one source's task to the store."""

    fulfilment_id: str
    order_id: str
    from_location_id: str
    to_location_id: str
    state: State
    left_time: datetime | None = None
    arrive_time: datetime | None = None
    left_event_id: str | None = None
    arrive_event_id: str | None = None
    arrived_id: str | None = None
    """The store's own task."""


@dataclass(frozen=True, slots=True)
class Came:
    """What of a leg came, and what did not, by why."""

    there: Runs
    lost: Mapping[str, Runs]


def came(order: Order, held: Fulfilment, short: Sequence[Missing]) -> Came:
    """All but what is short, which is the last of its line; refuses what was never sent."""
    if len({one.line_no for one in short}) < len(short):
        raise invalid("short", "must name each line once")
    sent: Counter[int] = Counter()
    for line, run in domain_cancelled.of(order, held):
        sent[line.line_no] += domain_units.quantity(line, run)
    for place, one in enumerate(short):
        if not 1 <= one.quantity <= sent[one.line_no]:
            raise invalid(f"short[{place}].quantity", f"must be 1 to {sent[one.line_no]}, as many as were sent")
        sent[one.line_no] -= one.quantity
    split = parted(order, held, {no: many for no, many in sent.items() if many}, short)
    return Came(split.taken, split.missing)
