"""What sourcing leaves of tasks that stand, part by part."""

from collections import Counter
from collections.abc import Sequence

from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain import Fulfilment, with_runs
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_units import Run

# place and decision
Key = tuple[str, str]


def key(part: Fulfilment) -> Key:
    """What parts that were split from one task have in common."""
    return part.location_id, part.decision_id


def left(
    order: Order,
    shipped: Sequence[Fulfilment],
    movable: Sequence[Fulfilment],
    wanted: dict[Key, list[tuple[Line, int]]],
) -> list[tuple[Fulfilment, Fulfilment]]:
    """Each task that may still be taken, and what sourcing leaves it; first counts what its parts sent already."""
    open_: Counter[tuple[str, str, int]] = Counter()
    for place, lines in wanted.items():
        for line, quantity in lines:
            open_[(*place, line.line_no)] += quantity
    for part in shipped:
        if not any(part is one for one in movable):
            open_.subtract({(*key(part), no): many for no, many in _counted(part).items()})
    # what is being moved goes first
    last = sorted(movable, key=lambda part: part.reason == Reason.MOVING)
    return [(part, _kept(order, part, open_)) for part in last]


def _counted(part: Fulfilment) -> Counter[int]:
    found: Counter[int] = Counter()
    for line in part.lines:
        found[line.line_no] += line.quantity
    return found


def _kept(order: Order, part: Fulfilment, left: Counter[tuple[str, str, int]]) -> Fulfilment:
    """The task without what sourcing took of it; as it is, where it took nothing. No task ever grows."""
    lines = {line.line_no: line for line in order.lines}
    runs: list[tuple[Line, Run]] = []
    for each in part.lines:
        line, asked = lines[each.line_no], (*key(part), each.line_no)
        found = domain_units.cut(line, [(each.first_unit, each.last_unit)], max(left[asked], 0))
        left[asked] -= sum(domain_units.quantity(line, run) for run in found)
        runs += [(line, run) for run in found]
    return part if _units(part) == [(line.line_no, *run) for line, run in runs] else with_runs(order, part, runs)


def _units(part: Fulfilment) -> list[tuple[int, int, int]]:
    return [(each.line_no, each.first_unit, each.last_unit) for each in part.lines]
