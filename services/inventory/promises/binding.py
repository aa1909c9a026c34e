"""Binds undecided promises to places, and frees them again: on boards, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.promises.store import Routed
from services.inventory.sourcing.domain import Assignment
from services.inventory.stock.domain import NOWHERE, Change, Demand, Level, Meanwhile, Place, add
from services.inventory.stock.domain_allocations import Allocation
from services.inventory.stock.domain_boards import Boards, Open

# more than any location has
ALL = 1 << 40


@dataclass(slots=True)
class Work:
    """Everything of some SKUs, behind the locks of all their levels."""

    boards: Boards
    levels: dict[Place, Level]
    allocations: dict[str, list[Allocation]]
    changes: dict[Place, Change]
    now: datetime
    # when orders were promised their goods, where that is asked
    since: Mapping[str, datetime] = field(default_factory=dict)
    routes: list[Routed] = field(default_factory=list)
    # order, line, SKU, location: how many
    leaves: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    demands: list[Demand] = field(default_factory=list)
    # order, line, SKU: the places that refused anything of it
    refused: dict[tuple[str, int, str], tuple[str, ...]] = field(default_factory=dict)


def bound(row: Allocation) -> int:
    """What stands in no pool is bound to where it stands."""
    return min(row.open, max(0, row.routed - row.handed_over)) if row.pool_id else row.open


def share(one: Assignment, rows: Sequence[Allocation]) -> list[tuple[Allocation, int]]:
    """What an assignment asks of each good: of a kit all that is undecided of its parts."""
    first: dict[str, Allocation] = {}
    for row in rows:
        if row.line_no == one.line_no and one.sku in (row.sku, row.kit_sku) and not row.cancelled:
            first.setdefault(row.sku, row)
    return [(row, ALL if row.kit_sku == one.sku else one.quantity) for row in first.values()]


def bind(work: Work, target: Allocation, most: int) -> None:
    """Takes undecided units of a line from wherever they stand, its place first, and binds them to the place."""
    board = work.boards.boards[target.sku]
    left, taken = most, 0
    mine = [part for part in board.held_by(target.order_id) if part.owner[1] == target.line_no]
    for part in sorted(mine, key=lambda one: one.location_id != target.location_id):
        if units := min(left - taken, part.quantity):
            board.remove([replace(part, quantity=units)])
            taken += units
    taken += _from_nowhere(work, target, left - taken)
    if not taken:
        return
    board.net.available.setdefault(target.location_id, 0)
    if not board.pin(target.location_id, taken):
        raise Meanwhile("somebody else took the goods", sku=target.sku, location_id=target.location_id)
    add(work.changes, (target.sku, target.location_id), Change(committed=taken))
    key = (target.order_id, target.line_no, target.sku, target.location_id)
    work.routes.append(Routed(*key, taken, taken, target.pool_id, target.kit_sku, target.excluded))
    work.demands.append(Demand(target.sku, target.location_id, taken, target.order_id, target.line_no, work.now))


def _from_nowhere(work: Work, target: Allocation, most: int) -> int:
    """What stands at no place at all: promises that were broken, and those that never had one."""
    key, boards = (target.order_id, target.line_no, target.sku, NOWHERE), work.boards
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


def take_back(work: Work, one: Assignment, rows: Iterable[Allocation]) -> None:
    """Frees what a place was told to send; what is a pool's has no place yet."""
    for row in rows:
        mine = row.line_no == one.line_no and row.location_id == one.location_id
        if mine and one.sku in (row.sku, row.kit_sku):
            left = bound(row) - work.leaves[row.order_id, *row.key]
            _unbind(work, row, left if row.kit_sku == one.sku else min(left, one.quantity))


def _unbind(work: Work, row: Allocation, units: int) -> None:
    if units <= 0:
        return
    whose = (row.order_id, row.line_no, row.sku)
    work.leaves[*whose, row.location_id] += units
    add(work.changes, row.place, Change(committed=-units))
    work.boards.boards[row.sku].net.available[row.location_id] += units
    if not row.pool_id:
        work.routes.append(Routed(*whose, NOWHERE, units, 0, "", row.kit_sku))
        add(work.changes, (row.sku, NOWHERE), Change(committed=units))
        work.demands.append(Demand(row.sku, NOWHERE, units, row.order_id, row.line_no, work.now))
        return
    work.refused[whose] = shut = _refused(work, row)
    units += _withdrawn(work, row, shut)
    one = Open("ORDER", *whose, row.location_id, units, row.pool_id, row.kit_sku, excluded=shut)
    work.boards.refuse(replace(one, promise_time=work.since.get(row.order_id), order_id=row.order_id))


def _refused(work: Work, row: Allocation) -> tuple[str, ...]:
    """The places that refused anything of this line, the latest with them."""
    known = work.refused.get((row.order_id, row.line_no, row.sku), ())
    return tuple(sorted({*row.excluded, *known, row.location_id}))


def _withdrawn(work: Work, row: Allocation, shut: tuple[str, ...]) -> int:
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
