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
from services.inventory.catalogue import placeholders, store_places
from services.inventory.lots import naming
from services.inventory.stock import books, counts, domain, journal, ledger, store_levels, store_movements
from services.inventory.stock.domain import Change, Levels, Movement, Place, add
from services.inventory.tasks import opening

LANE = "STOCK"

faultpoints.register("inventory.facts.before_commit", "inventory.facts.after_commit")


class Facts:
    """Takes frames of the lane STOCK."""

    def __init__(self, db: Database, clock: Clock, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._time_zone = time_zone

    async def take(
        self,
        terminal_id: str,
        first_sequence: int,
        payloads: Sequence[bytes],
        facts: Sequence[Movement],
        wrong: int = 0,
    ) -> Accepted:
        """Stores a frame: its facts, their effects and the lane's ack in one transaction.

        Where `wrong` of them were told by an absurd clock, somebody must look at the till.
        """
        hashes = [hashlib.sha256(payload).digest() for payload in payloads]
        async with self._db.transaction() as tx:
            accepted = await lanes.accept(tx, terminal_id, LANE, first_sequence, hashes, payloads)
            fresh = [facts[index] for index in accepted.fresh]
            if fresh:
                await self._book(tx, fresh)
            if fresh and wrong:
                details = {"terminal_id": terminal_id, "facts": wrong}
                await opening.open(tx, "CLOCK_WRONG", fresh[0].location_id, terminal_id, details, self._clock())
            faultpoints.hit("inventory.facts.before_commit")
        faultpoints.hit("inventory.facts.after_commit")
        return accepted

    async def _book(self, tx: Tx, fresh: Sequence[Movement]) -> None:
        now = self._clock()
        skus, places = {one.sku for one in fresh}, {one.location_id for one in fresh}
        await placeholders.ensure(tx, skus, places, self._time_zone, now)
        levels = await store_levels.lock(tx, (one.place for one in fresh), make=True)
        if await store_places.drop_points(tx, places):  # a frame is of one place
            await outbox.append(tx, *await self._put_aside(tx, fresh, levels, now))
            return
        moved = await store_movements.insert(tx, [one for one in fresh if one.kind != "COUNT"])
        undone = domain.late(moved, levels)
        await store_movements.insert(tx, undone)
        events = await self._post(tx, [*moved, *undone], now)
        events += await naming.follow(tx, moved, now, self._time_zone)
        for some in _rounds([one for one in fresh if one.kind == "COUNT"]):
            events += (await counts.book(tx, some, levels, now))[1]
        await outbox.append(tx, *events)

    async def _put_aside(self, tx: Tx, fresh: Sequence[Movement], levels: Levels, now: datetime) -> list[Message]:
        """A drop point sells nothing: what came waits for whoever looks at it, and a count is only written down."""
        counted = [replace(one, quantity=0, reason=f"counted {one.quantity}") for one in fresh if one.kind == "COUNT"]
        came = [replace(one, quality_control=one.quantity - one.damaged) for one in fresh if one.kind != "COUNT"]
        await store_movements.insert(tx, counted)
        return await books.book(tx, came, levels, now) + await naming.follow(tx, came, now, self._time_zone)

    async def _post(self, tx: Tx, moved: Sequence[Movement], now: datetime) -> list[Message]:
        changes: dict[Place, Change] = {}
        for one in moved:
            add(changes, one.place, journal.change(one))
        _, events = await ledger.post(tx, changes, journal.demands(moved), now, tell_all=True)
        return events


def _rounds(given: Sequence[Movement]) -> list[list[Movement]]:
    """Counts in the order of their times, each place once a round: the next builds on what this one booked."""
    rounds: list[list[Movement]] = []
    for count in sorted(given, key=lambda one: one.business_time):
        had = sum(any(one.place == count.place for one in some) for some in rounds)
        if had == len(rounds):
            rounds.append([])
        rounds[had].append(count)
    return rounds
