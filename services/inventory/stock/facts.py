"""What stores report of their stock besides sales: never refused, booked once, in the lane's order."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from kit import faultpoints, lanes, outbox
from kit.clock import Clock
from kit.lanes import Accepted
from kit.postgres import Database, Tx
from services.inventory.catalogue import placeholders
from services.inventory.stock import domain, journal, ledger, store_levels, store_movements
from services.inventory.stock.domain import Change, Level, Movement, Place, add

LANE = "STOCK"

faultpoints.register("inventory.facts.before_commit", "inventory.facts.after_commit")


class Facts:
    """Takes frames of the lane STOCK."""

    def __init__(self, db: Database, clock: Clock, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._time_zone = time_zone

    async def take(
        self, terminal_id: str, first_sequence: int, payloads: Sequence[bytes], facts: Sequence[Movement]
    ) -> Accepted:
        """Stores a frame: its facts, their effects and the lane's ack in one transaction."""
        hashes = [hashlib.sha256(payload).digest() for payload in payloads]
        async with self._db.transaction() as tx:
            accepted = await lanes.accept(tx, terminal_id, LANE, first_sequence, hashes, payloads)
            fresh = [facts[index] for index in accepted.fresh]
            if fresh:
                await self._book(tx, fresh)
            faultpoints.hit("inventory.facts.before_commit")
        faultpoints.hit("inventory.facts.after_commit")
        return accepted

    async def _book(self, tx: Tx, fresh: Sequence[Movement]) -> None:
        now = self._clock()
        skus, places = {one.sku for one in fresh}, {one.location_id for one in fresh}
        await placeholders.ensure(tx, skus, places, self._time_zone, now)
        levels = await store_levels.lock(tx, (one.place for one in fresh), make=True)
        moved = await store_movements.insert(tx, [one for one in fresh if one.kind != "COUNT"])
        undone = domain.late(moved, levels)
        await store_movements.insert(tx, undone)
        events = await self._post(tx, [*moved, *undone], now)
        for count in sorted((one for one in fresh if one.kind == "COUNT"), key=lambda one: one.business_time):
            events += await self._count(tx, count, levels[count.place], now)
        await outbox.append(tx, *events)

    async def _post(self, tx: Tx, moved: Sequence[Movement], now: datetime) -> list[Message]:
        changes: dict[Place, Change] = {}
        for one in moved:
            add(changes, one.place, journal.change(one))
        _, events = await ledger.post(tx, changes, journal.demands(moved), now, tell_all=True)
        return events

    async def _count(self, tx: Tx, count: Movement, before: Level, now: datetime) -> list[Message]:
        """The difference between what was counted and what the journal expected at that time.

        A count that is told after a later one changes nothing: the later one has seen all of it.
        """
        overtaken = before.counted_time is not None and before.counted_time >= count.business_time
        expected = count.quantity
        if not overtaken:
            expected = (await store_movements.expected(tx, [(count.place, count.business_time)]))[count.place]
        entry = replace(count, quantity=count.quantity - expected, reason=f"counted {count.quantity}")
        if not await store_movements.insert(tx, [entry]):
            return []
        if not overtaken:
            await store_levels.counted(tx, {count.place: count.business_time})
        return await self._post(tx, [entry], now)
