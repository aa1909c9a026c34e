"""Keeps promises that facts have touched: what stood where goods are missing stands elsewhere, or is broken by name."""

from datetime import datetime

from kit import outbox
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due, finish
from services.inventory.promises import domain_mend, store, telling
from services.inventory.promises.domain_mend import Mended
from services.inventory.promises.ports import Tasks
from services.inventory.promises.telling import TASK
from services.inventory.stock import ledger, store_batch, store_boards, store_levels
from services.inventory.stock.domain import NOWHERE, Change, Demand, Place, add
from services.inventory.stock.domain_boards import Boards
from services.inventory.stock.limits import Rules
from services.inventory.supply import promisable


class Repairs:
    """The second half of every fact that took what was promised; nobody waits for it."""

    def __init__(self, db: Database, clock: Clock, rules: Rules, tasks: Tasks | None = None) -> None:
        self._db = db
        self._clock = clock
        self._rules = rules
        self._tasks = tasks

    async def run(self, due: Due) -> None:
        """Mends the promises of one SKU. The timer's row is touched last: facts take theirs behind levels, too."""
        async with self._db.transaction() as tx:
            await self.mend(tx, due.key)
            await finish(tx, due)

    async def mend(self, tx: Tx, sku: str) -> Mended:
        """Behind the locks of all levels of the SKU."""
        now = self._clock()
        levels = await store_boards.lock(tx, [sku])
        seen = await store_batch.look(tx, [], list(levels), now)
        changes: dict[Place, Change] = {}
        for _, line in seen.over:
            add(changes, line.place, Change(held=-line.quantity))
        await store_batch.free(tx, seen.over)
        free = {place: one.available - changes.get(place, Change()).held for place, one in levels.items()}
        parts = await store_boards.parts(tx, [sku], now)
        limits = await self._rules.load(tx, [sku], {one.pool_id for one in parts})
        # what should have come by now is still waited for: only what will not come breaks a promise
        boards = Boards.of(await promisable.widened(tx, limits, [sku]), free, parts)
        mended = domain_mend.mend(boards, sku)
        if mended.broken and (sku, NOWHERE) not in levels:
            await store_levels.lock(tx, [(sku, NOWHERE)], make=True)
        await self._write(tx, boards, changes, mended, sku, now)
        await outbox.append(tx, *await ledger.swapped(tx, levels, changes, now))
        return mended

    async def _write(
        self, tx: Tx, boards: Boards, changes: dict[Place, Change], mended: Mended, sku: str, now: datetime
    ) -> None:
        after = boards.after()
        boards.count(changes, after)
        await store_boards.move(tx, boards.before, after)
        demands = [Demand(sku, NOWHERE, units, one.id, one.line_no, now) for one, _, units in mended.broken]
        _, events = await ledger.post(tx, changes, demands, now, mends=False)
        events += await telling.tell(tx, mended.broken, mended.regained, now)
        await outbox.append(tx, *events)
        if self._tasks is not None:
            await self._ask(tx, self._tasks, mended, sku, now)
            await self._settle(tx, self._tasks, boards, mended, sku, now)

    async def _ask(self, tx: Tx, tasks: Tasks, mended: Mended, sku: str, now: datetime) -> None:
        """Somebody must look: where a promise was broken, and where what is bound to the place is short."""
        await telling.ask(tx, tasks, mended.broken, now)
        for place, units in sorted(mended.short.items()):
            await tasks.open(tx, TASK, place, sku, {"quantity": units}, now)

    async def _settle(self, tx: Tx, tasks: Tasks, boards: Boards, mended: Mended, sku: str, now: datetime) -> None:
        """Nobody need look any longer: what was broken stands again, was sent elsewhere, or is not wanted."""
        asked = await store.tasks(tx, sku)
        if not asked:
            return
        named = {subject.removeprefix(f"{sku} ") for _, subject in asked} - {sku}
        standing = {one.id for one in boards.after().values() if one.sku == sku}
        waiting = standing | await store.waiting(tx, sorted(named), sku)
        broken = {f"{sku} {one.id}" for one in boards.nowhere.values() if one.sku == sku}
        ended: dict[str, list[tuple[str, str, str]]] = {}
        for place, subject in asked:
            if subject in broken or (subject == sku and place in mended.short):
                continue
            mends = subject == sku or subject.removeprefix(f"{sku} ") in waiting
            ended.setdefault("MENDED" if mends else "CANCELLED", []).append((TASK, place, subject))
        for resolution, keys in sorted(ended.items()):
            await tasks.settle(tx, keys, resolution, now)
