"""Tasks of goods that are sent to a store: which store that is, and that it need send nobody what it has itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.order.checkout.domain import Line, Method, Order
from services.order.fulfilment import domain
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Task
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.domain_units import Run


def apart(order: Order, task: Task, at: datetime, new_id: Callable[[], str]) -> list[Fulfilment]:
    """One place's tasks by one decision: one for each store that asked for what it lacked, one for all the rest."""
    towards: dict[str, list[tuple[Line, Run]]] = {}
    for line, run in task.runs:
        # what is collected is sent only to the store that lacked it
        store = line.fulfilment_location_id if line.method is Method.COLLECT else ""
        towards.setdefault(store, []).append((line, run))
    found = []
    for number, (store, runs) in enumerate(sorted(towards.items())):
        fresh = domain.fresh(order, at, new_id(), Method.SHIP, task.location_id, runs, task.decision_id)
        found.append(replace(fresh, to_location_id=store or fresh.to_location_id, part_no=number))
    return found


def at_home(opened: Sequence[Fulfilment], new_id: Callable[[], str]) -> list[Fulfilment]:
    """The tasks to open: what is there already is the store's own to have ready.

    The task that would have sent it is kept at its end, so that sourcing's word
    of it, heard again, opens nothing twice.
    """
    found = []
    for one in opened:
        if one.to_location_id != one.location_id:
            found.append(one)
            continue
        found.append(replace(one, method=Method.COLLECT, to_location_id=""))
        marker = replace(one, fulfilment_id=new_id(), to_location_id="", held_state="")
        found.append(replace(marker, state=State.CANCELLED, reason=Reason.AT_THE_STORE))
    return found
