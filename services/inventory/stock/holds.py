"""Holds, releases and extensions, many in one transaction."""

from collections.abc import Sequence

from kit import faultpoints, outbox
from kit.batcher import Batcher
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.inventory.catalogue import store_places, store_products
from services.inventory.stock import domain_batch, ledger, store_holds, store_levels, wire_out
from services.inventory.stock.domain import Change, Hold, HoldNotFound, Meanwhile, Place, State, Who, add
from services.inventory.stock.domain_batch import Books
from services.inventory.stock.domain_commands import Ask, Command, Expire, Extend, Release

SYSTEM = Who("service", "inventory")
_SWEEP = 200

faultpoints.register("inventory.holds.before_commit", "inventory.holds.after_commit")


class Holds:
    """Who has what promised. Concurrent commands share a transaction (group commit)."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._batcher: Batcher[Command, Hold] = Batcher(self.run, name="stock.holds")

    async def do(self, command: Command) -> Hold:
        """Does one command, together with whatever else is asked at the moment."""
        return await self._batcher.submit(command)

    async def drain(self) -> None:
        """Waits until nothing is in hand."""
        await self._batcher.drain()

    async def get(self, hold_id: str, member_id: str) -> Hold:
        """One hold; another member's is not told from one that never was."""
        async with self._db.read() as tx:
            hold = (await store_holds.by_id(tx, [hold_id])).get(hold_id)
        if hold is None or (member_id and hold.member_id != member_id):
            raise HoldNotFound("there is no such hold", hold_id=hold_id)
        return hold

    async def sweep(self) -> int:
        """Ends cart holds whose time has passed; returns how many it found."""
        async with self._db.read() as tx:
            due = await store_holds.due(tx, self._clock(), _SWEEP)
        if due:
            await self.run([Expire(hold_id) for hold_id in due])
        return len(due)

    async def run(self, commands: Sequence[Command]) -> list[Hold | Exception]:
        """Decides the commands in their order and commits what they changed; one answer each.

        Levels are locked in key order and only then it is asked which holds
        are known, so that two writers can neither wait for each other nor
        both make the same hold.
        """
        async with self._db.transaction() as tx:
            books = await self._open(tx, commands)
            answers = domain_batch.decide(books, commands)
            await self._write(tx, books, commands)
            faultpoints.hit("inventory.holds.before_commit")
        faultpoints.hit("inventory.holds.after_commit")
        return list(answers)

    async def _open(self, tx: Tx, commands: Sequence[Command]) -> Books:
        now = self._clock()
        others = [hold_id for command in commands if (hold_id := _other(command))]
        peeked = await store_holds.by_id(tx, others)
        places: set[Place] = {line.place for hold in peeked.values() for line in hold.lines}
        asked = [line for command in commands if isinstance(command, Ask) for line in command.lines]
        places.update(line.place for line in asked)
        levels = await store_levels.lock(tx, places)
        freed = await store_levels.free(tx, levels, now) if levels else []
        holds = await store_holds.by_id(tx, {*others, *(command.hold_id for command in commands)})
        strange = {line.sku for line in asked if line.place not in levels}
        unknown = set(await store_products.unknown(tx, strange)) if strange else set()
        doors = await store_places.doors(tx, {line.location_id for line in asked}) if asked else {}
        books = Books(levels, holds, {sku: sku not in unknown for sku in strange}, doors, now)
        for place, quantity in freed:
            books.delta[place] -= quantity
        return books

    async def _write(self, tx: Tx, books: Books, commands: Sequence[Command]) -> None:
        makers = {command.hold_id: command.who for command in commands if isinstance(command, Ask | Release)}
        made = [(hold, makers[hold_id]) for hold_id, hold in books.made.items()]
        if made:
            written = await store_holds.insert(tx, made, books.now)
            if len(written) < len(made):
                raise Meanwhile("the same hold was made a moment ago")
        ended = [hold for hold, _ in books.ended.values()]
        await store_holds.end(tx, ended, books.now)
        await store_holds.move(tx, list(books.moved.values()))
        changes: dict[Place, Change] = {}
        for place, held in books.delta.items():
            if held:
                add(changes, place, Change(held=held))
        _, events = await ledger.post(tx, changes, (), books.now)
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
