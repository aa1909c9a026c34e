"""Which place answers for a line at each turn of its life: allocation, sale, release, cancellation.

`for_allocation` is `domain_sourcing.source`. The other three never look for
another place: goods leave from, and come back to, where they were allocated.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kit.errors import Code, Fault
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_sourcing import source as for_allocation

__all__ = ["NotAssigned", "for_allocation", "for_cancellation", "for_refusal", "for_release", "for_sale"]


class NotAssigned(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "NOT_ASSIGNED"


def for_sale(
    assignments: Sequence[Assignment], location_id: str, line_nos: Collection[int] = ()
) -> tuple[Assignment, ...]:
    """What this place hands over, or refuses to: of these lines, or of all. Another place's goods are a move first."""
    found = tuple(
        one for one in assignments if one.location_id == location_id and (not line_nos or one.line_no in line_nos)
    )
    missing = set(line_nos) - {one.line_no for one in found}
    if missing or not found:
        raise NotAssigned(f"nothing of this is asked of {location_id}", location_id=location_id)
    return found


def for_refusal(
    assignments: Sequence[Assignment],
    location_id: str,
    decision_id: str,
    line_nos: Collection[int] | Mapping[int, int],
) -> tuple[Assignment, ...]:
    """What a task asked of a place that refused it, at most so many units of each line where that is said."""
    most = line_nos if isinstance(line_nos, Mapping) else {}
    return tuple(
        replace(one, quantity=min(one.quantity, most.get(one.line_no, one.quantity)))
        for one in assignments
        if (one.location_id, one.decision_id) == (location_id, decision_id) and one.line_no in line_nos
    )


def for_release(assignments: Sequence[Assignment], line_no: int, quantity: int) -> tuple[Assignment, ...]:
    """What is given back where a line is reduced: what was assigned last first, so that shipments get fewer."""
    given: list[Assignment] = []
    for one in reversed(assignments):
        if one.line_no == line_no and quantity > 0:
            part = min(quantity, one.quantity)
            given.append(replace(one, quantity=part))
            quantity -= part
    return tuple(given)


def for_cancellation(assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """What is given back where an order ends: everything, each part where it was assigned."""
    return tuple(assignments)
