"""Units of orders that wait for goods: as inventory says it by good and place, as a shopper is told it by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState


@dataclass(frozen=True, slots=True)
class Word:
    """What inventory says of an order's line at a place, good by good; the newest counts."""

    order_id: str
    line_no: int
    sku: str
    location_id: str
    quantity: int
    promise_time: datetime | None
    version: int

    @property
    def key(self) -> tuple[str, int, str, str]:
        return (self.order_id, self.line_no, self.sku, self.location_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many units of a line, and until when all of them should be there; None: nobody knows."""

    quantity: int
    promise_time: datetime | None


def newest(given: Iterable[Word]) -> list[Word]:
    """The last word of each key, in key order."""
    found: dict[tuple[str, int, str, str], Word] = {}
    for one in given:
        if one.key not in found or found[one.key].version < one.version:
            found[one.key] = one
    return [found[key] for key in sorted(found)]


def by_line(order: Order, words: Iterable[Word]) -> dict[int, Waiting]:
    """What a shopper is told; of a kit, what its scarcest part lacks, never more than the line has."""
    if order.state is OrderState.CANCELLED:
        return {}
    most = {line.line_no: line.quantity for line in order.lines}
    found: dict[int, dict[str, int]] = {}
    until: dict[int, list[datetime | None]] = {}
    for one in words:
        if one.quantity > 0 and one.line_no in most:
            parts = found.setdefault(one.line_no, {})
            parts[one.sku] = parts.get(one.sku, 0) + one.quantity
            until.setdefault(one.line_no, []).append(one.promise_time)
    return {no: Waiting(min(most[no], max(parts.values())), _latest(until[no])) for no, parts in found.items()}


def _latest(given: Iterable[datetime | None]) -> datetime | None:
    known = list(given)
    times = [one for one in known if one is not None]
    return max(times) if len(times) == len(known) else None
