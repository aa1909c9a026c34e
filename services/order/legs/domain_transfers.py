"""What a store asks to be sent because its shelf lacks it: of which task, which units, and what became of it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kit.errors import invalid
from services.order.checkout.domain import Line, Method, Order
from services.order.fulfilment import domain, domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Assigned, Task
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.domain_units import Run


class State(StrEnum):
    """Where a request stands."""

    ASKED = "ASKED"
    SENT = "SENT"
    REFUSED = "REFUSED"
    CALLED_OFF = "CALLED_OFF"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One request. What is asked of inventory never changes, so that it may be asked again under the same key."""

    transfer_id: str
    fulfilment_id: str
    order_id: str
    location_id: str
    line_nos: tuple[int, ...]
    quantities: tuple[int, ...]
    reason: str
    state: State
    update_time: datetime
    promise_time: datetime | None = None
    sent_ids: tuple[str, ...] = ()
    """The tasks of those who send it."""
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Inventory's: others send it, nobody has it, or the store is asked for it no longer."""

    state: State
    assigned: tuple[Assigned, ...] = ()
    sequence: int = 0
    """Of the word that says the same; 0: of an inventory that did not number its answers yet."""


_ASKABLE = (TaskState.PLACED, TaskState.ACCEPTED, TaskState.PICKING)


def asked(transfer_id: str, task: Fulfilment, line_nos: Collection[int], reason: str, now: datetime) -> Transfer:
    """A request for these lines of a task, or for all of them; refused once it is READY."""
    if task.method is not Method.COLLECT or task.state not in _ASKABLE:
        raise domain.refused(task, TaskState.ON_HOLD)
    units = Counter[int]()
    for line in task.lines:
        units[line.line_no] += line.quantity
    if not set(line_nos) <= units.keys():
        raise invalid("line_nos", "must be lines of the task")
    wanted = tuple(sorted(set(line_nos) or units))
    many = tuple(units[number] for number in wanted)
    return Transfer(
        transfer_id, task.fulfilment_id, task.order_id, task.location_id, wanted, many, reason, State.ASKED, now
    )


def same(before: Transfer | None, task: Fulfilment, line_nos: Collection[int]) -> bool:
    """Whether this was asked for before: a finger presses twice, and who hears no answer asks again.

    Other lines, while the first are not answered, are asked for afterwards: until then the task waits.
    """
    if before is None:
        return False
    if before.state is State.ASKED:
        wanted = set(line_nos) or {line.line_no for line in task.lines}
        if not wanted <= set(before.line_nos):
            raise domain.refused(task, TaskState.ON_HOLD)
        return True
    if before.state is State.CALLED_OFF:
        return False
    return set(line_nos) <= set(before.line_nos) if line_nos else not task.stands


def waits(task: Fulfilment) -> bool:
    """Whether the task still waits for inventory's answer."""
    return task.state is TaskState.ON_HOLD and task.reason == Reason.SENT_FOR


def overtaken(held: Transfer, answer: Answer, later: Sequence[Assigned]) -> Answer:
    """The answer as a later word has it, which is heard by now: it said who sends what is asked for, if anybody."""
    now = [one for one in later if one.line_no in held.line_nos and one.location_id != held.location_id]
    return replace(answer, assigned=tuple(now))


def sent(order: Order, task: Fulfilment, given: Sequence[Assigned]) -> list[Task]:
    """Which of the task's units whom are asked of; of what ended meanwhile nothing."""
    own: dict[int, list[Run]] = {}
    for line, run in domain_cancelled.of(order, task):
        own.setdefault(line.line_no, []).append(run)
    lines = {line.line_no: line for line in order.lines}
    taken = {number: domain_units.free(lines[number], runs) for number, runs in own.items()}
    found: dict[tuple[str, str], list[tuple[Line, Run]]] = {}
    for one in sorted(given, key=lambda one: (one.location_id, one.decision_id, one.line_no)):
        if one.line_no in own:
            line = lines[one.line_no]
            runs = domain_units.cut(line, domain_units.free(line, taken[one.line_no]), one.quantity)
            taken[one.line_no] += runs
            found.setdefault((one.location_id, one.decision_id), []).extend((line, run) for run in runs)
    return [Task(*key, tuple(runs)) for key, runs in found.items() if runs]


def going_on(order: Order, task: Fulfilment, gone: Collection[int]) -> Fulfilment:
    """The task as it was before it waited, without the lines that come from elsewhere."""
    back = domain.release(task, Reason.SENT_FOR)
    left = [(line, run) for line, run in domain_cancelled.of(order, task) if line.line_no not in gone]
    return replace(domain.with_runs(order, back, left), reason="") if gone else back


def ended(given: Transfer, state: State, now: datetime) -> Transfer:
    """The request with what became of it, where nothing is sent."""
    return replace(given, state=state, update_time=now)
