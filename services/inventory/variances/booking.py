"""Books what somebody found on the shelf, inside the transaction of whatever made him look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.confidence import evidence
from services.inventory.lots import naming
from services.inventory.lots import store as lots
from services.inventory.stock import books, store_levels
from services.inventory.stock.domain import Level, Movement, Place, Who
from services.inventory.variances import domain, store
from services.inventory.variances.domain import Reason, UnknownReason


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody did not find, or found worse than the books say."""

    sku: str
    location_id: str
    quantity: int
    # with the line number what makes it the same finding when it is told again
    source_id: str
    line_no: int = 1

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)


async def book(
    tx: Tx, reason_id: str, found: Sequence[Found], who: Who, at: datetime, now: datetime, *, kind: str = "VARIANCE"
) -> list[Message]:
    """Books findings by their reason, each of another SKU or place; gives the events to append."""
    reason = await store.reason(tx, reason_id)
    if reason is None:
        raise UnknownReason(f"{reason_id} is no reason", reason_id=reason_id)
    levels = await store_levels.lock(tx, [one.place for one in found], make=True)
    aside = await lots.put_aside(tx, levels) if reason.effect == "RELEASE" else {}
    moved = [_entry(reason, one, levels[one.place], aside.get(one.place, 0), who, at, kind) for one in found]
    events = await books.book(tx, moved, levels, now)
    if reason.effect in domain.DOUBTS:
        await evidence.rejected(tx, [one.place for one in found], now)
    elif reason.effect == "NO_VARIANCE":
        await evidence.counted(tx, {one.place: at for one in found}, now)
    if reason.effect == "NOT_IN_STOCK" and not reason.available_only:
        await naming.empty(tx, [one.place for one in found], who, at, reason.reason_id)
    return events


async def rejected(
    tx: Tx, reason_id: str, found: Sequence[Found], who: Who, at: datetime, now: datetime
) -> list[Message]:
    """What a place's refusal to serve an order says of its goods; a reason that nobody knows says nothing.

    Of goods that are sent, the order's promise there must have ended, with its levels locked: what
    is left is judged. What is collected stays promised, and short, until the shopper was asked.
    """
    if await store.reason(tx, reason_id) is None:
        return []
    return await book(tx, reason_id, found, who, at, now, kind="REJECTION")


def _entry(reason: Reason, one: Found, level: Level, aside: int, who: Who, at: datetime, kind: str) -> Movement:
    effect = domain.effect(reason, level, one.quantity, aside)
    return Movement(
        one.sku,
        one.location_id,
        kind,
        effect.quantity,
        at,
        one.source_id,
        who,
        line_no=one.line_no,
        damaged=effect.damaged,
        quality_control=effect.quality_control,
        reason=reason.reason_id,
    )
