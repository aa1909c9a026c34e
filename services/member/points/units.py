"""What follows for an order's lots from what is known of its units: points are taken back, the rest gets its date."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kit import schedules
from kit.postgres import Tx
from services.member.points import domain, posting, store, store_lots, store_units
from services.member.points.domain import CancelledRun, Program

UNITS_CANCELLED = "UNITS_CANCELLED"


async def take_back(tx: Tx, order_ids: Sequence[str]) -> None:
    """Takes back what given up units had earned, less what was taken before; call with the orders' members locked.

    Each lot is brought to what the rule says of all runs that are known, so
    neither their order nor their number of deliveries can be told afterwards.
    """
    runs: dict[str, list[CancelledRun]] = defaultdict(list)
    for run in await store_units.cancelled(tx, order_ids):
        runs[run.order_id].append(run)
    if not runs:
        return
    balances = await store.lock(tx, {lot["member_id"] for lot in await store_lots.of_orders(tx, sorted(runs))})
    due: dict[tuple[str, str], list[tuple[Any, int]]] = defaultdict(list)
    upto: dict[tuple[str, str], int] = defaultdict(int)
    for lot in await store_lots.of_orders(tx, sorted(runs)):
        points = _target(lot, runs[lot["order_id"]]) - lot["taken"]
        whose = lot["member_id"], lot["order_id"]
        upto[whose] += lot["taken"] + max(points, 0)
        if points > 0:
            due[whose].append((lot, points))
    for (member_id, order_id), parts in sorted(due.items()):
        # what is taken only rises, so where it rises to names the step
        key, moment = f"reverse:{order_id}:{upto[member_id, order_id]}", max(run.moment for run in runs[order_id])
        transfer, moves = posting.reversal(member_id, order_id, parts, moment, UNITS_CANCELLED, key)
        await store_lots.move(tx, member_id, moves)
        await posting.post(tx, balances, [transfer])
    taken = [(member_id, lot["lot_id"], points) for (member_id, _), parts in due.items() for lot, points in parts]
    await store_units.take(tx, taken)


async def date(tx: Tx, order_ids: Sequence[str], program: Program, zone: ZoneInfo, kind: str) -> None:
    """Dates the lots of which no unit is awaited any more: from when the last one was handed over."""
    for member_id, lot_id, moment in await store_units.waiting(tx, order_ids):
        due = domain.activation(moment, program, zone)
        await store_lots.date(tx, member_id, lot_id, due)
        await schedules.schedule(tx, kind, due.isoformat(), due)


def _target(lot: Any, runs: Sequence[CancelledRun]) -> int:
    given_up: dict[int, int] = defaultdict(int)
    for run in runs:
        given_up[run.line_no] += run.earn_base
    lines = zip(lot["line_nos"], lot["line_points"], lot["line_bases"], strict=False)
    return sum(domain.taken_back(points, base, given_up[line_no]) for line_no, points, base in lines)
