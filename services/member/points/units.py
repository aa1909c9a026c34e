"""What follows for an order's lots from what is known of its units: points are taken back, the rest gets its date."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from kit import schedules
from kit.postgres import Tx
from services.member.points import domain, posting, store, store_lots, store_returns, store_sales, store_units
from services.member.points.domain import CancelledRun, Program, ReturnedRun

UNITS_CANCELLED = "UNITS_CANCELLED"

# by line: money that units had earned on, how many they are, and how much was measured off one of them
Gone = Mapping[int, tuple[int, int, int]]


async def take_back(tx: Tx, order_ids: Sequence[str]) -> Mapping[str, int]:
    """Takes back what given up units had earned, less what was taken before; call with the orders' members locked.

    Each lot is brought to what the rule says of all runs that are known, so
    neither their order nor their number of deliveries can be told afterwards.
    Answers how many points of each order.
    """
    cancelled: dict[str, list[CancelledRun]] = defaultdict(list)
    for run in await store_units.cancelled(tx, order_ids):
        cancelled[run.order_id].append(run)
    if not cancelled:
        return {}
    balances = await store.lock(tx, {lot["member_id"] for lot in await store_lots.of_orders(tx, sorted(cancelled))})
    runs = await _with_returns(tx, cancelled)
    due: dict[tuple[str, str], list[tuple[Any, int]]] = defaultdict(list)
    upto: dict[tuple[str, str], int] = defaultdict(int)
    for lot in await store_lots.of_orders(tx, sorted(cancelled)):
        points = target(lot, gone(runs[lot["order_id"]])) - lot["taken"]
        whose = lot["member_id"], lot["order_id"]
        upto[whose] += lot["taken"] + max(points, 0)
        if points > 0:
            due[whose].append((lot, points))
    for (member_id, order_id), parts in sorted(due.items()):
        # what is taken only rises, so where it rises to names the step
        key, moment = f"reverse:{order_id}:{upto[member_id, order_id]}", max(run.moment for run in cancelled[order_id])
        transfer, moves = posting.reversal(member_id, order_id, parts, moment, UNITS_CANCELLED, key)
        await store_lots.move(tx, member_id, moves)
        await posting.post(tx, balances, [transfer])
    taken = [(who, lot["lot_id"], points, 0) for (who, _), parts in due.items() for lot, points in parts]
    await store_units.take(tx, taken)
    sums = [(who, order_id, sum(points for _, points in parts)) for (who, order_id), parts in due.items()]
    await store_sales.less_points(tx, sums)
    found = Counter[str]()
    for _, order_id, points in sums:
        found[order_id] += points
    return found


async def _with_returns(
    tx: Tx, cancelled: Mapping[str, list[CancelledRun]]
) -> dict[str, list[CancelledRun | ReturnedRun]]:
    """What was given up, and what came back and is settled: both have left the order."""
    runs: dict[str, list[CancelledRun | ReturnedRun]] = {one: list(given_up) for one, given_up in cancelled.items()}
    for run in await store_returns.returned(tx, sorted(cancelled)):
        if run.settled:
            runs[run.order_id].append(run)
    return runs


async def date(tx: Tx, order_ids: Sequence[str], program: Program, zone: ZoneInfo, kind: str) -> None:
    """Dates the lots of which no unit is awaited any more: from when the last one was handed over."""
    for member_id, lot_id, moment in await store_units.waiting(tx, order_ids):
        due = domain.activation(moment, program, zone)
        await store_lots.date(tx, member_id, lot_id, due)
        await schedules.schedule(tx, kind, due.isoformat(), due)


def gone(runs: Sequence[CancelledRun | ReturnedRun]) -> Gone:
    """What of each line of an order has left it."""
    found: dict[int, tuple[int, int, int]] = {}
    for run in runs:
        base, units, measure = found.get(run.line_no, (0, 0, 0))
        part = run.measure
        whole = 0 if part else run.last - run.first + 1
        found[run.line_no] = base + run.earn_base, units + whole, measure + part
    return found


def target(lot: Any, left: Gone) -> int:
    """How many of a lot's points are to be taken back in all.

    What is earned by unit goes with units, and of the one unit of a good sold
    by measure so much as was measured off.
    """
    lines = zip_longest(lot["line_nos"], lot["line_points"], lot["line_bases"], lot["line_measures"], fillvalue=0)
    total = 0
    for line_no, points, base, measure in lines:
        money, units, part = left.get(line_no, (0, 0, 0))
        by_unit = (measure, units * measure + part) if measure else (base, units)
        total += domain.taken_back(points, *(by_unit if lot["by_unit"] else (base, money)))
    return total
