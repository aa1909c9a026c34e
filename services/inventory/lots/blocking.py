"""Takes lots out of what can be sold, and lets them be sold again, at every location at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from google.protobuf.message import Message

from kit import access, outbox
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.inventory.lots import domain, naming, store, wire
from services.inventory.lots.domain import Lot
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Meanwhile, Place, Who
from services.inventory.tasks import opening

# tasks by the state that made them
TASKS = {domain.EXPIRED: "LOT_EXPIRED", domain.RECALLED: "LOT_RECALLED"}


async def turn(tx: Tx, given: Sequence[Lot], now: datetime) -> None:
    """Writes new states of lots of one SKU: what may not be sold is put aside, what may again is fit for sale."""
    actor = access.current().actor
    levels = await store_levels.lock(tx, await _places(tx, given))
    held = await store.lock(tx, [(one.sku, one.key) for one in given])
    if set(await _places(tx, given)) - levels.keys() or any(
        held[one.sku, one.key].version != one.version for one in given
    ):
        raise Meanwhile("the lot came somewhere else a moment ago")
    after = [replace(one, version=one.version + 1) for one in given]
    for one in after:
        await store.put(tx, one, actor)
    events: list[Message] = [wire.changed(one, now) for one in after]
    events += await settle(tx, list(levels), {one.lot for one in given}, now)
    await _tell(tx, after, list(levels), now)
    await outbox.append(tx, *events)


async def settle(tx: Tx, places: Sequence[Place], lots: set[str] | None, now: datetime) -> list[Message]:
    """Puts aside as much of these lots (none: of all) as should be, at levels that are locked."""
    actor = access.current().actor
    who = Who(actor.kind.value, actor.id, actor.terminal_id)
    standing, nameless = await store.here(tx, places), await store.unnamed(tx, places)
    changes = []
    for place in sorted(standing):
        wanted = domain.aside(standing[place], nameless.get(place, 0))
        changes += [
            (one, wanted[one.key] - one.put_aside, one.state if one.blocked else "RELEASED")
            for one in standing[place]
            if lots is None or one.lot in lots
        ]
    return await naming.shift(tx, changes, who, now)


async def _places(tx: Tx, given: Sequence[Lot]) -> list[Place]:
    return [(given[0].sku, location_id) for location_id in await store.places(tx, given)]


async def _tell(tx: Tx, given: Sequence[Lot], places: Sequence[Place], now: datetime) -> None:
    """Whoever has some of it takes it off the shelf; where it may be sold again, nobody need."""
    opened, settled = [], []
    for one in given:
        subject = f"{one.sku}:{one.lot}:{one.serial}"
        details = {"sku": one.sku, "lot": one.lot, "serial": one.serial, "note": one.note}
        if one.state in TASKS:
            opened += [(TASKS[one.state], place, subject, details) for place in await store.holders(tx, one)]
        else:
            settled += [(kind, place, subject) for kind in TASKS.values() for _, place in places]
    await opening.open_many(tx, opened, now)
    await opening.settle(tx, settled, "RELEASED", now)


class Expiry:
    """What falls due when a day is over where the brand is at home."""

    def __init__(self, clock: Clock, zone: str) -> None:
        self._clock = clock
        self._zone = zone

    async def expire(self, tx: Tx, due: Due) -> None:
        """Takes what may not be sold any more out of sale."""
        day, sku = due.key.split(":", 1)
        now = self._clock()
        last = min(date.fromisoformat(day), domain.yesterday(now, self._zone))
        if over := await store.over(tx, sku, last):
            await turn(tx, [replace(one, state=domain.EXPIRED) for one in over], now)
