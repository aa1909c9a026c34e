"""An arriving lot, shared out: what stores show first, then where the next unit sells best, and what stays online."""

from dataclasses import dataclass, replace

import numpy as np

from services.inventory.planner import moves, stand, values
from services.inventory.planner.forecasting import Flags
from services.inventory.planner.moves import Problem, Tiers
from services.inventory.planner.rebalance import Proposal, Ways
from services.inventory.planner.stand import Stand
from services.inventory.planner.values import Ints
from services.inventory.planning.domain import LotLine, Policy


@dataclass(frozen=True, slots=True)
class Shared:
    """What goes where of one line, and what stays."""

    line: LotLine
    proposals: tuple[Proposal, ...]


def share_out(good: Stand, line: LotLine, home: int, online: float, policy: Policy, given: Ways) -> Shared:
    """`home` is the place where the lot arrives, `online` what is expected to be ordered from there in a week.

    The lot alone is given away. Each unit goes where it earns most over the
    horizon; a store's display minimum comes first, the best store's before
    the others'. What online orders will want stays, and so does the rest.
    """
    weeks = float(policy.horizon_weeks)
    there = int(good.available[home] + good.incoming[home])
    lots = line.quantity // good.lot
    giving = replace(good, gives=_only(home, good), displays=_nothing(good, lots, home))
    gains = stand.problem(giving, weeks, given.costs).gains
    wide = float(good.dispersion[home])
    kept = values.chance(
        there + 1 + np.arange(lots * good.lot), np.asarray(online * policy.online_weeks), np.asarray(wide)
    )
    # the lot's last units are the least likely to be asked for online: they leave first
    losses = kept[::-1].reshape(lots, good.lot).sum(axis=1) * good.margins[home]
    leaving = Tiers(np.full(lots, home), losses)
    solved = moves.solve(Problem(leaving, _shown_first(good, home, lots, gains), given.costs * good.lot))
    proposals = tuple(_proposal(good, move.target, home, move.lots * good.lot, policy, given) for move in solved)
    left = line.quantity - sum(one.quantity for one in proposals)
    asked = int(np.ceil(online * policy.online_weeks))
    reserve = min(left, max(0, asked - max(0, there)))
    return Shared(replace(line, reserve=reserve, left_over=left - reserve), proposals)


def _only(home: int, good: Stand) -> Flags:
    found: Flags = np.arange(len(good.gives)) == home
    return found


def _nothing(good: Stand, lots: int, home: int) -> Ints:
    """Display minimums that let exactly the lot go: what was there before stays where it is."""
    found = good.displays.copy()
    found[home] = good.available[home] - lots * good.lot
    return found


def _shown_first(good: Stand, home: int, lots: int, gains: Tiers) -> Tiers:
    """What each lot more is worth at a store, where lots that the display minimum needs come before all others."""
    lacking = np.maximum(0, good.displays - good.available - good.incoming)
    needed = np.where(good.gets & (good.margins > 0), -(-lacking // good.lot), 0)
    needed[home] = 0
    # above anything that selling could earn, and still in the order of what each place sells
    first = 2.0 * float(good.margins.max(initial=0.0)) * good.lot
    at: list[int] = []
    worth: list[float] = []
    for place in np.flatnonzero((needed > 0) | np.isin(np.arange(len(needed)), gains.at)).tolist():
        tiers = gains.worth[gains.at == place] if place != home else np.zeros(0)
        padded = np.zeros(max(min(int(needed[place]), lots), len(tiers)))
        padded[: len(tiers)] = tiers
        padded[: needed[place]] += first
        at += [place] * len(padded)
        worth += padded.tolist()
    return Tiers(np.array(at, dtype=np.int64), np.array(worth))


def _proposal(good: Stand, place: int, home: int, quantity: int, policy: Policy, given: Ways) -> Proposal:
    position = int(good.available[place] + good.incoming[place])
    units = good.sold(place, position, quantity, policy.horizon_weeks)
    cost = round(float(given.costs[home, place]) * quantity)
    margin = int(units * good.margins[place])
    why = {
        "sku": good.sku,
        "to": given.places[place],
        "away": given.places[home],
        "quantity": quantity,
        "horizon": policy.horizon_weeks,
        "to_weekly": round(float(good.weekly[place]), 3),
        "to_available": position,
        "display": int(good.displays[place]),
        "pooled": good.pooled,
        "units": round(units, 3),
        "margin": margin,
        "cost": cost,
        "gain": margin - cost,
    }
    return Proposal("ALLOCATION", good.sku, given.places[home], given.places[place], quantity, units, margin, cost, why)
