"""Holds, releases and extensions, many in one transaction."""

from collections.abc import Sequence
from datetime import timedelta

from kit import faultpoints, outbox
from kit.batcher import Batcher
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.inventory.catalogue import store_places, store_products
from services.inventory.stock import domain, domain_batch, ledger, store_batch, store_holds, wire_out
from services.inventory.stock.domain import (
    Change,
    Hold,
    HoldNotFound,
    Levels,
    Line,
    Meanwhile,
    Place,
    State,
    Who,
)
from services.inventory.stock.domain_batch import Books
from services.inventory.stock.domain_commands import Ask, Command, Expire, Extend, Reach, Release

SYSTEM = Who("service", "inventory")
_SWEEP = 200
_FORGET = 500
_BATCH = 128
# a flash sale comes all at once, and its losers must be told so, not to come again
_QUEUE = 4_096

faultpoints.register("inventory.holds.before_commit", "inventory.holds.after_commit")


class Holds:
    """Who has what promised. Concurrent commands share a transaction (group commit)."""

    def __init__(
        self, db: Database, clock: Clock, keep: timedelta = timedelta(days=60), *, batch: int = _BATCH
    ) -> None:
        self._db = db
        self._clock = clock
        self._keep = keep
        self._batcher: Batcher[Command, Hold] = Batcher(self.run, batch, _QUEUE, name="stock.holds")

    async def do(self, command: Command) -> Hold:
        """Does one command, together with whatever else is asked at the moment."""
        return await self._batcher.submit(command)

    async def drain(self) -> None:
        """Waits until nothing is in hand."""
        await self._batcher.drain()

    async def get(self, hold_id: str, reach: Reach) -> Hold:
        """One hold; what is out of the caller's reach is not told from one that never was."""
        async with self._db.read() as tx:
            hold = (await store_holds.by_id(tx, [hold_id])).get(hold_id)
        if hold is None or not reach.covers(hold):
            raise HoldNotFound("there is no such hold", hold_id=hold_id)
        return hold

    async def sweep(self) -> int:
        """Ends cart holds whose time has passed; returns how many it found."""
        async with self._db.read() as tx:
            due = await store_holds.due(tx, self._clock(), _SWEEP)
        if due:
            await self.run([Expire(hold_id) for hold_id in due])
        return len(due)

    async def forget(self) -> bool:
        """Deletes a slice of the holds that ended long ago; True if there may be more."""
        async with self._db.transaction() as tx:
            return await store_holds.forget(tx, self._clock() - self._keep, _FORGET) == _FORGET

    async def run(self, commands: Sequence[Command]) -> list[Hold | Exception]:
        """Decides the commands in their order and commits what they changed; one answer each.

        Levels are locked in key order and only then it is asked which holds
        are known, so that two writers can neither wait for each other nor
        both make the same hold. Most batches need not ask: what is new and
        can be granted is proved by writing it.
        """
        try:
            return await self._run(commands, look=False)
        except Meanwhile:
            return await self._run(commands, look=True)

    async def _run(self, commands: Sequence[Command], *, look: bool) -> list[Hold | Exception]:
        async with self._db.transaction() as tx:
            books = await self._open(tx, commands, look=look)
            answers = domain_batch.decide(books, commands)
            if domain_batch.unsure(books, answers):
                books = await self._look(tx, books, commands)
                answers = domain_batch.decide(books, commands)
            await self._write(tx, books, commands)
            faultpoints.hit("inventory.holds.before_commit")
        faultpoints.hit("inventory.holds.after_commit")
        return list(answers)

    async def _open(self, tx: Tx, commands: Sequence[Command], *, look: bool) -> Books:
        now = self._clock()
        others = [hold_id for command in commands if (hold_id := _other(command))]
        peeked = await store_holds.by_id(tx, others)
        places: set[Place] = {line.place for hold in peeked.values() for line in hold.lines}
        asked = [line for command in commands if isinstance(command, Ask) for line in command.lines]
        places.update(line.place for line in asked)
        locked = await store_batch.lock(tx, places, [command.hold_id for command in commands], now)
        skus = await self._skus(tx, locked.levels, asked)
        books = Books(locked.levels, {}, skus, locked.doors, now, seen=False)
        await self._doors(tx, books, asked)
        return await self._look(tx, books, commands) if look or others or locked.look else books

    async def _look(self, tx: Tx, books: Books, commands: Sequence[Command]) -> Books:
        """The books with what is known of holds, behind the locks; nothing is decided in them yet."""
        named = {command.hold_id for command in commands} | set(filter(None, map(_other, commands)))
        found = await store_batch.look(tx, named, list(books.levels), books.now)
        books = Books(books.levels, dict(found.holds), books.skus, books.doors, books.now)
        domain_batch.free(books, found.over)
        await store_batch.free(tx, found.over)
        return books

    async def _skus(self, tx: Tx, levels: Levels, asked: Sequence[Line]) -> dict[str, bool]:
        """Whether the goods that stand nowhere yet are known at all."""
        strange = {line.sku for line in asked if line.place not in levels}
        unknown = set(await store_products.unknown(tx, strange)) if strange else set()
        return {sku: sku not in unknown for sku in strange}

    async def _doors(self, tx: Tx, books: Books, asked: Sequence[Line]) -> None:
        """Places that no level told of."""
        missing = {line.location_id for line in asked} - books.doors.keys()
        if missing:
            books.doors.update(await store_places.doors(tx, missing))

    async def _write(self, tx: Tx, books: Books, commands: Sequence[Command]) -> None:
        makers = {command.hold_id: command.who for command in commands if isinstance(command, Ask | Release)}
        made = [(hold, makers[hold_id]) for hold_id, hold in books.made.items()]
        changes = {place: Change(held=held) for place, held in books.delta.items() if held}
        written, applied = await store_batch.write(tx, made, changes, books.now)
        if written < len(made):
            raise Meanwhile("the same hold was made a moment ago")
        await store_holds.end(tx, [hold for hold, _ in books.ended.values()], books.now)
        await store_holds.move(tx, list(books.moved.values()))
        # no promise makes anything short; if one ever did, it would be named and not lost in an error
        took = domain.demands(books.made.values(), books.now) if any(one.grown > 0 for one in applied) else []
        events = await ledger.balance(tx, applied, took, books.now)
        told = [
            wire_out.hold_released(hold, who or SYSTEM, books.now)
            for hold, who in books.ended.values()
            if hold.reason != "REPLACED"
        ]
        await outbox.append(tx, *events, *told)

    async def hold_one(self, ask: Ask) -> bool:
        """The reference: the same promise by one statement of its own, after the sweep; False if refused.

        For proving the batch right, and for a day on which the batch must be
        switched off: it is slower the more want the same thing.
        """
        while await self.sweep() == _SWEEP:
            pass
        now = self._clock()
        expires = now + ask.ttl if ask.ttl else None
        hold = Hold(ask.hold_id, State.ACTIVE, ask.lines, now, expires, ask.order_id, ask.member_id, ask.fingerprint)
        async with self._db.transaction() as tx:
            return await store_holds.hold_one(tx, hold, ask.who)


def _other(command: Command) -> str:
    """The hold that must exist before the command for it to do anything."""
    match command:
        case Ask():
            return command.replaces
        case Release() | Extend() | Expire():
            return command.hold_id
