"""The goods from sourcing's side: what of the promises has no place of its own yet gets one, or loses it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit import outbox
from kit.clock import Clock
from kit.postgres import Tx
from services.inventory.promises import store
from services.inventory.promises.store import Routed
from services.inventory.sourcing.domain import Assignment, StockView
from services.inventory.sourcing.port import Goods
from services.inventory.stock import endings, ledger, store_batch, store_boards, store_endings, store_orders
from services.inventory.stock.domain import NOWHERE, Change, Demand, Level, Meanwhile, Place, add
from services.inventory.stock.domain_allocations import Allocation
from services.inventory.stock.domain_boards import Boards, Open
from services.inventory.stock.limits import Rules

# more than any location has
_ALL = 1 << 40


@dataclass(slots=True)
class _Work:
    """Everything of some SKUs, behind the locks of all their levels."""

    boards: Boards
    levels: dict[Place, Level]
    allocations: dict[str, list[Allocation]]
    changes: dict[Place, Change]
    routes: list[Routed] = field(default_factory=list)
    # order, line, SKU, location: how many
    leaves: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    demands: list[Demand] = field(default_factory=list)
    # order, line, SKU: the places that refused anything of it
    refused: dict[tuple[str, int, str], tuple[str, ...]] = field(default_factory=dict)


class Promised:
    """Routing is a decision under the same check as every promise; a rejection is a fact."""

    splits_lines = True

    def __init__(self, clock: Clock, rules: Rules) -> None:
        self._clock = clock
        self._rules = rules

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
                could = board.pinnable(place, _ALL) if place in standing else units
                if place in known and could > 0:
                    found.setdefault(sku, {})[place] = could
        return found

    async def assign(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Binds undecided units to their places; Meanwhile if a place could not serve them any longer."""
        places = {(one.sku, one.location_id) for each in given.values() for one in each}
        work = await self._open(tx, sorted(given), places, now)
        for order_id, each in sorted(given.items()):
            for one in each:
                for part, units in _share(one, work.allocations.get(order_id, ())):
                    _bind(work, replace(part, location_id=one.location_id), units, now)
        await self._write(tx, work, now)

    async def bound(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[tuple[int, str, str], int]]:
        """What waits at places that were told to send it, or named by the order."""
        return {
            order_id: {row.key: _bound(row) for row in rows}
            for order_id, rows in (await store_orders.allocations(tx, order_ids)).items()
        }

    async def reject(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Undoes the binding: units of a pool stand at another of its places, or nowhere, until they are routed."""
        work = await self._open(tx, sorted(given), (), now)
        for order_id, each in sorted(given.items()):
            for one in each:
                _take_back(work, one, work.allocations.get(order_id, ()), now)
        await self._write(tx, work, now)

    async def _open(self, tx: Tx, order_ids: Sequence[str], places: Iterable[Place], now: datetime) -> _Work:
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
        return _Work(boards, levels, await store_orders.allocations(tx, order_ids), changes)

    async def _write(self, tx: Tx, work: _Work, now: datetime) -> None:
        after = work.boards.after()
        work.boards.count(work.changes, after)
        await store_boards.move(tx, work.boards.before, after)
        await store.leave(tx, [(*key, units) for key, units in work.leaves.items()])
        await store.route(tx, work.routes)
        await store.exclude(tx, work.refused)
        if any(place not in work.levels for place in work.changes):
            raise Meanwhile("goods came to a new place a moment ago")
        _, events = await ledger.post(tx, work.changes, work.demands, now)
        await outbox.append(tx, *events)


def _bound(row: Allocation) -> int:
    """What stands in no pool is bound to where it stands."""
    return min(row.open, max(0, row.routed - row.handed_over)) if row.pool_id else row.open


def _share(one: Assignment, rows: Sequence[Allocation]) -> list[tuple[Allocation, int]]:
    """What an assignment asks of each good: of a kit all that is undecided of its parts."""
    first: dict[str, Allocation] = {}
    for row in rows:
        if row.line_no == one.line_no and one.sku in (row.sku, row.kit_sku) and not row.cancelled:
            first.setdefault(row.sku, row)
    return [(row, _ALL if row.kit_sku == one.sku else one.quantity) for row in first.values()]


def _bind(work: _Work, target: Allocation, most: int, now: datetime) -> None:
    """Takes undecided units of a line from wherever they stand, its place first, and binds them to the place."""
    board, boards = work.boards.boards[target.sku], work.boards
    left, taken = most, 0
    mine = [part for part in board.held_by(target.order_id) if part.owner[1] == target.line_no]
    for part in sorted(mine, key=lambda one: one.location_id != target.location_id):
        if units := min(left - taken, part.quantity):
            board.remove([replace(part, quantity=units)])
            taken += units
    taken += _from_nowhere(work, boards, target, left - taken)
    if not taken:
        return
    board.net.available.setdefault(target.location_id, 0)
    if not board.pin(target.location_id, taken):
        raise Meanwhile("somebody else took the goods", sku=target.sku, location_id=target.location_id)
    add(work.changes, (target.sku, target.location_id), Change(committed=taken))
    key = (target.order_id, target.line_no, target.sku, target.location_id)
    work.routes.append(Routed(*key, taken, taken, target.pool_id, target.kit_sku, target.excluded))
    work.demands.append(Demand(target.sku, target.location_id, taken, target.order_id, target.line_no, now))


def _from_nowhere(work: _Work, boards: Boards, target: Allocation, most: int) -> int:
    """What stands at no place at all: promises that were broken, and those that never had one."""
    key = (target.order_id, target.line_no, target.sku, NOWHERE)
    taken = 0
    if (one := boards.nowhere.get(key)) and most:
        taken = min(most, one.quantity)
        del boards.nowhere[key]
        if taken < one.quantity:
            boards.nowhere[key] = replace(one, quantity=one.quantity - taken)
    for row in work.allocations.get(target.order_id, ()):
        bare = (row.order_id, *row.key) == key and not row.pool_id
        if bare and (units := min(most - taken, row.open - work.leaves[key])) > 0:
            work.leaves[key] += units
            add(work.changes, row.place, Change(committed=-units))
            taken += units
    return taken


def _take_back(work: _Work, one: Assignment, rows: Iterable[Allocation], now: datetime) -> None:
    for row in rows:
        mine = row.line_no == one.line_no and row.location_id == one.location_id
        if mine and one.sku in (row.sku, row.kit_sku):
            left = _bound(row) - work.leaves[row.order_id, *row.key]
            _unbind(work, row, left if row.kit_sku == one.sku else min(left, one.quantity), now)


def _unbind(work: _Work, row: Allocation, units: int, now: datetime) -> None:
    if units <= 0:
        return
    boards = work.boards
    work.leaves[row.order_id, row.line_no, row.sku, row.location_id] += units
    add(work.changes, row.place, Change(committed=-units))
    boards.boards[row.sku].net.available[row.location_id] += units
    if not row.pool_id:
        work.routes.append(Routed(row.order_id, row.line_no, row.sku, NOWHERE, units, 0, "", row.kit_sku))
        add(work.changes, (row.sku, NOWHERE), Change(committed=units))
    else:
        shut = _refused(work, row)
        units += _withdrawn(work, row, shut)
        one = Open("ORDER", row.order_id, row.line_no, row.sku, NOWHERE, units, row.pool_id, row.kit_sku, None, shut)
        boards.join(one)
        boards.regain(boards.nowhere[one.key])
        work.refused[row.order_id, row.line_no, row.sku] = shut
    work.demands.append(Demand(row.sku, NOWHERE, units, row.order_id, row.line_no, now))


def _refused(work: _Work, row: Allocation) -> tuple[str, ...]:
    """The places that refused anything of this line, the latest with them."""
    known = work.refused.get((row.order_id, row.line_no, row.sku), ())
    return tuple(sorted({*row.excluded, *known, row.location_id}))


def _withdrawn(work: _Work, row: Allocation, shut: tuple[str, ...]) -> int:
    """Nothing undecided of the line stands where it was refused, or goes there: how much stands nowhere for it.

    The parts of a kit stand together, and are no line's alone to move.
    """
    if row.kit_sku:
        return 0
    board, units = work.boards.boards[row.sku], 0
    mine = [part for part in board.held_by(row.order_id) if part.owner[1] == row.line_no]
    board.remove(mine)
    for part in mine:
        if part.location_id == row.location_id:
            units += part.quantity
        else:
            board.stand(replace(part, choice=tuple(one for one in part.choice if one not in shut)))
    return units
