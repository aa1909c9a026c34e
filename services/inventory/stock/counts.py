"""Books counts while the place trades: each against what the journal expects at the count's own time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.confidence import evidence
from services.inventory.stock import books, store_levels, store_movements
from services.inventory.stock.domain import Levels, Movement, Place
from services.inventory.stock.store_states import Shift
from services.inventory.tasks import opening


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a count; one that is told after a later one changes nothing: that one has seen all of it."""

    place: Place
    quantity: int
    expected: int
    overtaken: bool


async def compare(tx: Tx, counts: Sequence[Movement], levels: Levels) -> list[Counted]:
    """Each count beside what the journal expects at its time, as far as it was told yet."""
    fresh = [one for one in counts if not _overtaken(one, levels)]
    wanted = [(one.place, one.business_time) for one in fresh]
    expected = await store_movements.expected(tx, wanted) if wanted else {}
    late = {one.place for one in counts} - {one.place for one in fresh}
    return [
        Counted(one.place, one.quantity, expected.get(one.place, one.quantity if one.place in late else 0),
                one.place in late)
        for one in counts
    ]  # fmt: skip


async def book(
    tx: Tx, counts: Sequence[Movement], levels: Levels, now: datetime
) -> tuple[list[Counted], list[Message]]:
    """Books counts, each of another place whose level is locked: `quantity` is what was counted.

    Sales that happened before a count and are told after it are in the count;
    those after it are none of its business. Gives the events to append.
    """
    if not counts:
        return [], []
    found = await compare(tx, counts, levels)
    entries = [
        replace(one, quantity=one.quantity - result.expected, reason=f"counted {one.quantity}")
        for one, result in zip(counts, found, strict=True)
    ]
    fresh = await store_movements.insert(tx, entries)
    late = {one.place for one in found if one.overtaken}
    times = {one.place: one.business_time for one in fresh if one.place not in late}
    if times:
        await store_levels.counted(tx, times)
    events = await books.post(tx, fresh, now, {place: Shift(opens=True) for place in times})
    await evidence.counted(tx, times, now)
    await opening.settle(tx, [("COUNT", place, sku) for sku, place in times], "COUNTED", now)
    return found, events


def _overtaken(count: Movement, levels: Levels) -> bool:
    level = levels.get(count.place)
    counted = level.counted_time if level else None
    return counted is not None and counted >= count.business_time
