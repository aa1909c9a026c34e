"""What a location is rejected for of an order: whole tasks, or lines of tasks that go on without them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kit.errors import Code, Fault
from services.order.checkout.domain import Order
from services.order.fulfilment import domain, domain_cancelled
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import State

# of the words for a no, those that speak of the goods, and not of the store or its people
_OF_GOODS = frozenset({"NOT_IN_STOCK", "DAMAGED", "DEFECTIVE", "LOST", "DAMAGE", "MISMATCH"})


class NothingThere(Fault):
    """The location has no such lines of the order."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class RejectionIsWhole(Fault):
    """The brand's stores send all of a task, or nothing."""

    code = Code.FAILED_PRECONDITION
    reason = "REJECTION_IS_WHOLE"


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that loses lines, the same with just these, and what is left of it; None: nothing."""

    before: Fulfilment
    rejected: Fulfilment
    rest: Fulfilment | None


def of_place(
    order: Order, parts: Sequence[Fulfilment], location_id: str, line_nos: Collection[int], reason: str
) -> list[Taken]:
    """Every task of the place that has one of the lines; refused as a whole where one of them is READY or beyond."""
    here = [part for part in parts if part.location_id == location_id]
    standing = [part for part in here if part.stands and not part.gone]
    asked = [part for part in standing or here if not line_nos or _lines(part) & set(line_nos)]
    if not asked or set(line_nos) - {no for part in asked for no in _lines(part)}:
        raise NothingThere(
            "this location has no such lines of the order", order_id=order.order_id, location_id=location_id
        )
    return [_taken(order, part, set(line_nos) or _lines(part), reason) for part in asked]


def lacks(reason: str) -> bool:
    """Whether the goods are not there, or not fit to be handed over: stock's books have too much."""
    return reason in _OF_GOODS


def _taken(order: Order, part: Fulfilment, line_nos: Collection[int], reason: str) -> Taken:
    if not part.stands:  # a repeated no is no second one
        raise domain.refused(part, State.REJECTED)
    rejected = domain.move(part, State.REJECTED, reason)
    runs = domain_cancelled.of(order, part)
    left = [(line, run) for line, run in runs if line.line_no not in line_nos]
    if not left:
        return Taken(part, rejected, None)
    gone = [(line, run) for line, run in runs if line.line_no in line_nos]
    few = domain.with_runs(order, rejected, gone)
    return Taken(part, replace(few, reason=reason), domain.with_runs(order, part, left))


def _lines(part: Fulfilment) -> set[int]:
    return {line.line_no for line in part.lines}
