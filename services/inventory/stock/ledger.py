"""Books changes of stock: levels, what is short of them, and who must hear of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from google.protobuf.message import Message

from kit import timers
from kit.postgres import Tx
from services.inventory.backorders import marks
from services.inventory.stock import store_boards, store_levels, store_shortfalls, wire_out
from services.inventory.stock.domain import NOWHERE, Change, Demand, Level, Place
from services.inventory.stock.store_levels import Applied

# the timer of a SKU whose promises somebody must look at; nobody is promised more of it without them in view
REPAIR = "promises.repair"


async def post(
    tx: Tx,
    changes: Mapping[Place, Change],
    demands: Sequence[Demand],
    now: datetime,
    *,
    tell_all: bool = False,
    mends: bool = True,
) -> tuple[list[Level], list[Message]]:
    """Adds the changes to levels that are locked; gives the new levels and the events to append.

    What the changes leave short is laid to the demands; what they bring
    settles what was short. Everybody hears of a place that sold out or came
    back, and of every place if `tell_all`.
    """
    applied = await store_levels.apply(tx, {place: one for place, one in changes.items() if one != Change()})
    events = await balance(tx, applied, demands, now, tell_all=tell_all, mends=mends)
    return [one.level for one in applied], events


async def balance(
    tx: Tx,
    applied: Sequence[Applied],
    demands: Sequence[Demand],
    now: datetime,
    *,
    tell_all: bool = False,
    mends: bool = True,
) -> list[Message]:
    """What changed levels leave to write of shortfalls, and the events to append."""
    events = await _explain(tx, applied, demands, now)
    events += await marks.mark(tx, [one.level for one in applied if one.grown < 0 or one.level.available < 0], now)
    if mends:
        real = [one for one in applied if one.level.location_id != NOWHERE]
        less = {one.level.sku for one in real if one.grown > 0}
        back = {one.level.sku for one in real if one.turned and one.level.available > 0}
        await mend(tx, less, back, now, {one.level.sku for one in applied if one.grown < 0})
    events += [wire_out.level_changed(one.level, now) for one in applied if tell_all or (one.turned and one.opened)]
    return events


async def swapped(
    tx: Tx, levels: Mapping[Place, Level], changes: Mapping[Place, Change], now: datetime
) -> list[Message]:
    """Of levels that are short and stay as they are: who waits for goods there may be others now. Gives events."""
    still = [one for place, one in levels.items() if one.available < 0 and changes.get(place, Change()) == Change()]
    return await marks.mark(tx, still, now)


async def _explain(tx: Tx, applied: Iterable[Applied], demands: Sequence[Demand], now: datetime) -> list[Message]:
    by_place = {one.level.place: one for one in applied if one.grown}
    found = {place: -one.grown for place, one in by_place.items() if one.grown < 0}
    missing = {place: one.grown for place, one in by_place.items() if one.grown > 0}
    if found:
        await store_shortfalls.settle(tx, found)
    if not missing:
        return []
    concerned = [demand for demand in demands if (demand.sku, demand.location_id) in missing]
    shortfalls = await store_shortfalls.find(tx, missing, concerned)
    # nobody is told each time about places whose books were never opened
    return [
        wire_out.shortfall_found(one, place.level.version, now)
        for one in shortfalls
        if (place := by_place[one.sku, one.location_id]).opened
    ]


async def settle(tx: Tx, found: Mapping[Place, int]) -> None:
    """Settles what was short with goods that are already on a level."""
    await store_shortfalls.settle(tx, found)


async def mend(tx: Tx, less: Iterable[str], back: Iterable[str], now: datetime, eased: Iterable[str] = ()) -> None:
    """Has the promises of these SKUs looked at.

    Of those with less than was promised, of those with more again, and of
    those that are short of less, if somebody was asked to look: a task ends
    by itself when what it names is over.
    """
    skus = await store_boards.with_open(tx, less) | await store_boards.with_broken(tx, back)
    skus |= await store_boards.with_tasks(tx, eased)
    await timers.schedule_many(tx, REPAIR, [(sku, now, b"") for sku in sorted(skus)])
