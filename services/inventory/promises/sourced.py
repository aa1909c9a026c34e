"""The goods from sourcing's side: what of the promises has no place of its own yet gets one, or loses it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kit import outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.inventory.promises import binding, domain_refused, store, telling
from services.inventory.promises.binding import ALL, Work
from services.inventory.promises.domain_mend import Told
from services.inventory.promises.ports import Tasks
from services.inventory.sourcing.domain import Assignment, StockView
from services.inventory.sourcing.port import Goods
from services.inventory.stock import endings, ledger, store_batch, store_boards, store_endings, store_orders
from services.inventory.stock.domain import NOWHERE, Change, Demand, Meanwhile, Place, add
from services.inventory.stock.domain_boards import Boards
from services.inventory.stock.limits import Rules
from services.inventory.supply import promisable


class Promised:
    """Routing is a decision under the same check as every promise; a rejection is a fact."""

    splits_lines = True

    def __init__(self, clock: Clock, rules: Rules, tasks: Tasks | None = None) -> None:
        self._clock = clock
        self._rules = rules
        self._tasks = tasks

    async def parts(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[int, Mapping[str, int]]]:
        """What kits are made of, as they were promised: a kit may have changed since."""
        found: dict[str, dict[int, Counter[str]]] = {}
        for order_id, rows in (await store_orders.allocations(tx, order_ids)).items():
            for row in rows:
                if row.kit_sku:
                    made_of = found.setdefault(order_id, {}).setdefault(row.line_no, Counter())
                    made_of[row.sku] += row.quantity or 0
        return found

    async def ended(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        """What nobody will hand over of each line."""
        found: dict[str, dict[int, int]] = {}
        for order_id, ends in (await store_endings.ended(tx, order_ids)).items():
            lines = found.setdefault(order_id, {})
            for (line_no, _), (_, units) in ends.items():
                lines[line_no] = max(lines.get(line_no, 0), units)
        return found

    async def give_up(self, tx: Tx, order_id: str, goods: Goods, now: datetime) -> None:
        """Ends what is undecided of these lines."""
        await endings.give_up(tx, order_id, goods, now)

    async def view(
        self, tx: Tx, skus: Sequence[str], location_ids: Iterable[str], order_ids: Iterable[str] = ()
    ) -> StockView:
        """What each place could serve: what is free there, and what stands there and may stand elsewhere as well."""
        known, asking, now = set(location_ids), set(order_ids), self._clock()
        parts = await store_boards.parts(tx, skus, now)
        limits = await self._rules.load(tx, skus, {one.pool_id for one in parts})
        boards = Boards.of(limits, await store_boards.available(tx, skus), parts)
        found: dict[str, dict[str, int]] = {}
        for sku, board in boards.boards.items():
            board.remove([part for part in board.parts() if part.owner[0] in asking])
            standing = {part.location_id for part in board.parts()}
            for place, units in sorted(board.net.available.items()):
                could = board.pinnable(place, ALL) if place in standing else units
                if place in known and could > 0:
                    found.setdefault(sku, {})[place] = could
        return found

    async def assign(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Binds undecided units to their places; Meanwhile if a place could not serve them any longer."""
        places = {(one.sku, one.location_id) for each in given.values() for one in each}
        work = await self._open(tx, sorted(given), places, now)
        for order_id, each in sorted(given.items()):
            for one in each:
                for part, units in binding.share(one, work.allocations.get(order_id, ())):
                    binding.bind(work, replace(part, location_id=one.location_id), units)
        await self._write(tx, work)

    async def bound(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[tuple[int, str, str], int]]:
        """What waits at places that were told to send it, or named by the order."""
        return {
            order_id: {row.key: binding.bound(row) for row in rows}
            for order_id, rows in (await store_orders.allocations(tx, order_ids)).items()
        }

    async def unbind(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Undoes the binding: units of a pool stand at another of its places, or nowhere, until they are routed."""
        work = await self._taken_back(tx, given, now)
        domain_refused.loosened(work.boards)
        refused = work.boards.refused.values()
        work.demands += [Demand(one.sku, NOWHERE, one.quantity, one.id, one.line_no, now) for one in refused]
        await self._write(tx, work)

    async def reject(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """The same as a fact: where others are in their way the youngest is broken by name, be it themselves."""
        work = await self._taken_back(tx, given, now)
        boards = work.boards
        boards.limits = await promisable.widened(tx, boards.limits, boards.boards)
        broken = domain_refused.reassigned(boards)
        work.demands += [Demand(one.sku, NOWHERE, units, one.id, one.line_no, now) for one, _, units in broken]
        await self._write(tx, work, broken)

    async def _taken_back(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> Work:
        """All of it is freed before anything of it is looked for elsewhere."""
        work = await self._open(tx, sorted(given), (), now)
        work.since = await store.since(tx, sorted(given))
        for order_id, each in sorted(given.items()):
            for one in each:
                binding.take_back(work, one, work.allocations.get(order_id, ()))
        return work

    async def _open(self, tx: Tx, order_ids: Sequence[str], places: Iterable[Place], now: datetime) -> Work:
        skus = await store.skus(tx, order_ids)
        wanted = {place for place in places if place[0] in skus} | {(sku, NOWHERE) for sku in skus}
        levels = await store_boards.lock(tx, skus, wanted)
        seen = await store_batch.look(tx, [], list(levels), now)
        changes: dict[Place, Change] = {}
        for _, line in seen.over:
            add(changes, line.place, Change(held=-line.quantity))
        await store_batch.free(tx, seen.over)
        free = {place: one.available - changes.get(place, Change()).held for place, one in levels.items()}
        parts = await store_boards.parts(tx, skus, now)
        limits = await self._rules.load(tx, skus, {one.pool_id for one in parts})
        boards = Boards.of(limits, free, parts)
        boards.relieve()
        return Work(boards, levels, await store_orders.allocations(tx, order_ids), changes, now)

    async def _write(self, tx: Tx, work: Work, broken: Sequence[Told] = ()) -> None:
        after = work.boards.after()
        work.boards.count(work.changes, after)
        await store_boards.move(tx, work.boards.before, after)
        await store.leave(tx, [(*key, units) for key, units in work.leaves.items()])
        await store.route(tx, work.routes)
        await store.exclude(tx, work.refused)
        if any(place not in work.levels for place in work.changes):
            raise Meanwhile("goods came to a new place a moment ago")
        told = await telling.tell(tx, broken, (), work.now)
        _, events = await ledger.post(tx, work.changes, work.demands, work.now)
        events += await ledger.swapped(tx, work.levels, work.changes, work.now)
        # a part of a kit that lost its place may stand elsewhere
        await ledger.mend(tx, {one.sku for one, _, _ in broken}, (), work.now)
        await outbox.append(tx, *events, *told)
        if self._tasks is not None:
            await telling.ask(tx, self._tasks, broken, work.now)
