"""Decides batches of commands: near, with what is free where they ask, or far, with all that is promised in view."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from kit import faultpoints, outbox
from kit.clock import Clock
from kit.errors import Fault
from kit.postgres import Database, Tx
from services.inventory.backorders import marks
from services.inventory.backorders import store as backorders
from services.inventory.catalogue import store_places, store_products
from services.inventory.stock import (
    domain_batch,
    domain_books,
    domain_lives,
    kits,
    ledger,
    store_batch,
    store_boards,
    store_holds,
    wire_out,
)
from services.inventory.stock.domain import Change, Hold, Level, Line, Meanwhile, Place, Who
from services.inventory.stock.domain_boards import Boards
from services.inventory.stock.domain_books import Books
from services.inventory.stock.domain_commands import Ask, Command, Expire, Extend, Release
from services.inventory.stock.domain_limits import NONE, Limits
from services.inventory.stock.limits import Rules
from services.inventory.supply import promisable

SYSTEM = Who("service", "inventory")
_TRIES = 5
Answers = list[Hold | Exception]
T = TypeVar("T")

faultpoints.register("inventory.holds.before_commit")


class Deciding:
    """Levels are locked in key order and only then it is asked which holds are known.

    So two writers can neither wait for each other nor both make the same hold.
    Most batches need not ask: what is new and can be granted is proved by
    writing it.
    """

    def __init__(self, db: Database, clock: Clock, rules: Rules) -> None:
        self._db = db
        self._clock = clock
        self._rules = rules
        self._kits = kits.Kits(db)
        self._channels: frozenset[str] = frozenset()

    async def near(self, commands: Sequence[Command]) -> tuple[Answers, list[int]]:
        """Answers, and the numbers of those that must be decided again with more in view."""
        return await self._until_settled(commands, self._near)

    async def far(self, asks: Sequence[Command]) -> Answers:
        """Answers from whoever locked every level of what is asked for."""
        return await self._until_settled(asks, self._far)

    async def _until_settled(
        self, commands: Sequence[Command], decide: Callable[[Sequence[Command], bool], Coroutine[Any, Any, T]]
    ) -> T:
        """What was read before the locks may be different behind them: then all over again."""
        commands, look = await self._kits.exploded(commands), False
        for last in (*[False] * _TRIES, True):
            try:
                return await decide(commands, look)
            except kits.KitsAsked as asked:
                self._kits.remember(asked.skus)
                commands = await self._kits.exploded(commands)
            except Meanwhile:
                look = True
                if last:
                    raise
        raise Meanwhile("the catalogue changes all the time")

    async def _near(self, commands: Sequence[Command], look: bool) -> tuple[Answers, list[int]]:
        async with self._db.transaction() as tx:
            books = await self._open(tx, commands, look)
            answers = domain_batch.decide(books, commands)
            if domain_batch.unsure(books, answers):
                books = await self._look(tx, books, commands)
                answers = domain_batch.decide(books, commands)
            again = await self._again(tx, books, commands, answers)
            await self._write(tx, books, commands)
            faultpoints.hit("inventory.holds.before_commit")
        return list(answers), again

    async def _far(self, commands: Sequence[Command], look: bool) -> Answers:  # noqa: ARG002
        """Decides behind the locks of every level of the goods, of whatever hold."""
        async with self._db.transaction() as tx:
            now, asked = self._clock(), list(kits.lines(commands))
            carts = await store_holds.by_id(tx, list(filter(None, map(_other, commands))))
            skus = {line.sku for line in (*asked, *(line for cart in carts.values() for line in cart.lines))}
            pinned = [line.place for line in asked if not line.pool_id]
            levels = await store_boards.lock(tx, skus, pinned)
            bare = Books(levels, {}, dict.fromkeys(skus, True), {}, now, channels=self._channels)
            await self._doors(tx, bare, asked)
            books = await self._look(tx, bare, commands)
            books.boards = await self._boards(tx, books, skus, asked)
            answers = domain_batch.decide(books, commands)
            await self._write(tx, books, commands)
            marked = await backorders.of_owners(tx, [one.hold_id for one in answers if isinstance(one, Hold)])
            faultpoints.hit("inventory.holds.before_commit")
        return domain_batch.marked(answers, {row.key: (row.quantity, row.promise_time) for row in marked})

    async def _boards(self, tx: Tx, books: Books, skus: Iterable[str], asked: Iterable[Line]) -> Boards:
        wanted = set(skus)
        parts = await store_boards.parts(tx, wanted, books.now)
        channels = {*(one.pool_id for one in parts), *(line.pool_id for line in asked)} - {""}
        # kits too: it is of them that rules say how long they are held
        books.lives = limits = await self._rules.load(tx, wanted | set(map(domain_lives.good, asked)), channels)
        limits = await promisable.widened(tx, limits, wanted, books.now)
        boards = Boards.of(limits, {place: books.free(place) for place in books.levels}, parts)
        boards.reserve()
        return boards

    async def _again(
        self, tx: Tx, books: Books, commands: Sequence[Command], answers: Sequence[Hold | Fault]
    ) -> list[int]:
        """Who may yet get what he asks for: from a pool, in part, or where something could be moved away."""
        short = {n: list(kits.lines([commands[n]])) for n in domain_batch.short(commands, answers)}
        # a kit may have a level of its own, from before it was one
        if whole := {line.sku for lines in short.values() for line in lines if not line.kit_sku}:
            await self._kits.none(tx, whole)
        sure = {n for n, lines in short.items() if _partial(commands[n]) or any(line.pool_id for line in lines)}
        doubted = {line.sku for n in short.keys() - sure for line in short[n]}
        movable = books.mending | books.opened() | await store_boards.with_open(tx, doubted)
        limits = await self._rules.load(tx, doubted, ()) if doubted else NONE
        limits = await promisable.widened(tx, limits, doubted, books.now) if doubted else NONE
        return [
            n
            for n, lines in short.items()
            if n in sure or any(one.sku in movable or limits.backorder(*one.place) for one in lines)
        ]

    async def _open(self, tx: Tx, commands: Sequence[Command], look: bool) -> Books:
        now = self._clock()
        others = list(filter(None, map(_other, commands)))
        peeked = await store_holds.by_id(tx, others)
        asked = list(kits.lines(commands))
        places: set[Place] = {line.place for hold in peeked.values() for line in hold.lines}
        places.update(line.place for line in asked if not line.pool_id)
        pooled = [line for line in asked if line.pool_id]
        limits, likely = await self._likely(tx, pooled) if pooled else (NONE, set[Place]())
        locked = await store_batch.lock(tx, places | likely, [command.hold_id for command in commands], now)
        skus = await self._skus(tx, locked.levels, asked)
        books = Books(locked.levels, {}, skus, locked.doors, now, seen=False, limits=limits)
        books.mending, books.channels = locked.mending, self._channels
        if locked.versions and (goods := domain_lives.open_to_rules(commands, peeked.values())):
            books.lives = await self._rules.of_carts(tx, locked.versions, goods)
        await self._doors(tx, books, asked)
        return await self._look(tx, books, commands) if look or others or locked.look else books

    async def _likely(self, tx: Tx, pooled: Sequence[Line]) -> tuple[Limits, set[Place]]:
        """The limits, and the places that will do for all that is asked of pools, by what nobody has locked."""
        channels = {line.pool_id for line in pooled}
        if not channels <= self._channels:
            self._channels |= await store_boards.channels(tx, channels)
        limits = await self._rules.load(tx, {line.sku for line in pooled}, channels)
        there = await store_boards.candidates(tx, {line.sku for line in pooled})
        wanted: dict[tuple[str, str], int] = {}
        for line in pooled:
            wanted[line.pool_id, line.sku] = wanted.get((line.pool_id, line.sku), 0) + line.quantity
        return limits, {
            (sku, one)
            for (pool_id, sku), units in wanted.items()
            for one in domain_books.likely(limits, pool_id, sku, units, there.get(sku, {}))
        }

    async def _look(self, tx: Tx, books: Books, commands: Sequence[Command]) -> Books:
        """The books with what is known of holds, behind the locks; nothing is decided in them yet."""
        others = set(filter(None, map(_other, commands)))
        found = await store_batch.look(tx, {one.hold_id for one in commands} | others, list(books.levels), books.now)
        books = books.afresh(found.holds)
        freed = {line.sku for _, line in found.over}
        freed.update(line.sku for one in others & found.holds.keys() for line in found.holds[one].lines)
        # it may save a promise that stands nowhere: whoever asks in the same batch must not have it
        books.mending |= await store_boards.with_broken(tx, freed)
        domain_batch.free(books, found.over)
        await store_batch.free(tx, found.over)
        return books

    async def _skus(self, tx: Tx, levels: Mapping[Place, Level], asked: Sequence[Line]) -> dict[str, bool]:
        """Whether the goods that stand nowhere yet are known at all; kits never stand anywhere."""
        standing = {sku for sku, _ in levels}
        strange = {
            line.sku for line in asked if line.place not in levels and not (line.pool_id and line.sku in standing)
        }
        if not strange:
            return dict.fromkeys(standing, True)
        await self._kits.none(tx, strange)
        unknown = set(await store_products.unknown(tx, strange))
        return dict.fromkeys(standing, True) | {sku: sku not in unknown for sku in strange}

    async def _doors(self, tx: Tx, books: Books, asked: Sequence[Line]) -> None:
        """Places that no level told of."""
        missing = {line.location_id for line in asked if not line.pool_id} - books.doors.keys()
        if missing:
            books.doors.update(await store_places.doors(tx, missing))

    async def _write(self, tx: Tx, books: Books, commands: Sequence[Command]) -> None:
        makers = {command.hold_id: command.who for command in commands if isinstance(command, Ask | Release)}
        made = [(hold, makers[hold_id]) for hold_id, hold in books.made.items()]
        changes = {place: Change(held=held) for place, held in books.delta.items() if held}
        if books.boards is not None:
            await _moved(tx, books.boards, changes, books.ended.keys())
        written, applied = await store_batch.write(tx, made, changes, books.now)
        if written < len(made):
            raise Meanwhile("the same hold was made a moment ago")
        await store_holds.end(tx, [hold for hold, _ in books.ended.values()], books.now)
        await store_holds.move(tx, list(books.moved.values()))
        # only what may be promised beyond what is there makes anything short: it is named and filled first
        took = domain_books.demands(books.made.values(), books.now) if any(one.grown > 0 for one in applied) else []
        events = await ledger.balance(tx, applied, took, books.now)
        still = books.swapped({one.level.place for one in applied})
        events += await marks.mark(tx, still, books.now)
        told = [
            wire_out.hold_released(hold, who or SYSTEM, books.now)
            for hold, who in books.ended.values()
            if hold.reason != "REPLACED"
        ]
        await outbox.append(tx, *events, *told)


async def _moved(tx: Tx, boards: Boards, changes: dict[Place, Change], ended: Iterable[str]) -> None:
    """Writes where promises of others stand now, and adds what their levels gain and lose."""
    after, over = boards.after(), set(ended)
    boards.count(changes, after)
    await store_boards.move(
        tx,
        {key: one for key, one in boards.before.items() if one.id not in over},
        {key: one for key, one in after.items() if one.id not in over},
    )


def _partial(command: Command) -> bool:
    return isinstance(command, Ask) and command.partial


def _other(command: Command) -> str:
    """The hold that must exist before the command for it to do anything."""
    match command:
        case Ask():
            return command.replaces
        case Release() | Extend() | Expire():
            return command.hold_id
