"""What sourcing's word means for an order's tasks: which to open, which to end, and what is left to a person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.order.checkout.domain import Line, Method, Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain import Fulfilment, State, with_runs
from services.order.fulfilment.domain_units import Run

# a task that may still be taken from its place
_MOVABLE = (State.PLACED, State.ACCEPTED, State.PICKING, State.ON_HOLD, State.EXPIRED)


class Standing(StrEnum):
    """How far an order's sourcing is."""

    SOURCED = "SOURCED"
    UNPLACED = "UNPLACED"
    PICKUP_REJECTED = "PICKUP_REJECTED"
    GIVEN_UP = "GIVEN_UP"


class Happened(StrEnum):
    """What happened to an order on its way."""

    SOURCED = "SOURCED"
    UNPLACED = "UNPLACED"
    GIVEN_UP = "GIVEN_UP"
    PICKUP_REJECTED = "PICKUP_REJECTED"
    PROMISE_BROKEN = "PROMISE_BROKEN"
    PROMISE_MENDED = "PROMISE_MENDED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Assigned:
    """So many of a line leave from this place, by that decision; empty where the order named the place."""

    line_no: int
    location_id: str
    quantity: int
    decision_id: str


@dataclass(frozen=True, slots=True)
class Leftover:
    """So many of a line have no place."""

    line_no: int
    sku: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The store that the shopper chose cannot."""

    location_id: str
    line_nos: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """What inventory said last of an order's sourcing; full state."""

    order_id: str
    version: int
    standing: Standing
    assigned: tuple[Assigned, ...]
    left: tuple[Leftover, ...] = ()
    queue: str = ""
    auto_cancel_time: datetime | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class News:
    """An entry of an order's timeline; the event that told it and its number there are its key."""

    order_id: str
    event_id: str
    number: int
    kind: Happened
    business_time: datetime
    line_no: int = 0
    quantity: int = 0
    location_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A task to open."""

    location_id: str
    decision_id: str
    runs: tuple[tuple[Line, Run], ...]


@dataclass(slots=True)
class Plan:
    """What to do about an order."""

    open: list[Task] = field(default_factory=list)
    # taken from their places by sourcing
    end: list[Fulfilment] = field(default_factory=list)
    # as they are without what sourcing took of them
    shrink: list[tuple[Fulfilment, Fulfilment]] = field(default_factory=list)
    # refused by their places, past their own tasks
    reject: list[Fulfilment] = field(default_factory=list)
    # nothing of the order is or will be on its way to the shopper
    hopeless: bool = False


def plan(order: Order, parts: Sequence[Fulfilment], told: Told) -> Plan:
    """The tasks that the order should have.

    A task is keyed by its place and the decision that chose it, so that what
    was said before, twice or too late opens nothing twice; a place that
    rejected its part and is chosen again gets another task by another decision.
    """
    found = Plan()
    wanted = _wanted(order, told.assigned)
    shipped = [part for part in parts if part.method is Method.SHIP and part.stands]
    movable = [part for part in shipped if part.state in _MOVABLE]
    found.end = [part for part in movable if _key(part) not in wanted]
    kept = [(part, _kept(order, part, wanted[_key(part)])) for part in movable if _key(part) in wanted]
    found.shrink = [(part, less) for part, less in kept if less is not part]
    found.reject = [part for part in parts if told.refused and _refused(part, told.refused)]
    gone = [*found.end, *found.reject, *(part for part, _ in found.shrink)]
    standing = [part for part in parts if part.stands and not any(part is one for one in gone)]
    standing += [less for _, less in found.shrink]
    known = {_key(part) for part in parts if part.method is Method.SHIP}
    taken = {line.line_no: _taken(line, standing) for line in order.lines}
    for key, lines in wanted.items():
        if key[1] and key not in known and (runs := _cut(lines, taken)):
            found.open.append(Task(*key, tuple(runs)))
    found.hopeless = told.standing is Standing.GIVEN_UP and not standing and not found.open
    return found


def uncovered(order: Order, parts: Sequence[Fulfilment]) -> dict[int, int]:
    """By line: how much of it no place is at."""
    standing = [part for part in parts if part.stands]
    missing: dict[int, int] = {}
    for line in order.lines:
        if line.method is not Method.CARRY_OUT and (runs := domain_units.free(line, _taken(line, standing))):
            missing[line.line_no] = sum(domain_units.quantity(line, run) for run in runs)
    return missing


def attention(order: Order, parts: Sequence[Fulfilment], standing: Standing | None, news: Sequence[News]) -> list[str]:
    """What somebody must see to; an order that is on its way as it should needs nobody."""
    if order.state is not OrderState.CONFIRMED or not (missing := uncovered(order, parts)):
        return []
    found = {standing.value} if standing and standing is not Standing.SOURCED else set[str]()
    broken: Counter[int] = Counter()
    for each in news:
        sign = {Happened.PROMISE_BROKEN: 1, Happened.PROMISE_MENDED: -1}.get(each.kind, 0)
        broken[each.line_no] += sign * each.quantity
    if any(broken[line_no] > 0 for line_no in missing):
        found.add(Happened.PROMISE_BROKEN.value)
    return sorted(found)


Key = tuple[str, str]


def _key(part: Fulfilment) -> Key:
    return part.location_id, part.decision_id


def _wanted(order: Order, assigned: Sequence[Assigned]) -> dict[Key, list[tuple[Line, int]]]:
    """What is shipped from where by which decision, in the order of places."""
    lines = {line.line_no: line for line in order.lines if line.method is Method.SHIP}
    found: dict[Key, list[tuple[Line, int]]] = {}
    for one in sorted(assigned, key=lambda one: (one.location_id, one.decision_id, one.line_no)):
        if one.line_no in lines:
            found.setdefault((one.location_id, one.decision_id), []).append((lines[one.line_no], one.quantity))
    return found


def _kept(order: Order, part: Fulfilment, wanted: Sequence[tuple[Line, int]]) -> Fulfilment:
    """The task without what sourcing took of it; as it is, where it took nothing. No task ever grows."""
    left = {line.line_no: quantity for line, quantity in wanted}
    lines = {line.line_no: line for line in order.lines}
    runs: list[tuple[Line, Run]] = []
    for each in part.lines:
        found = domain_units.cut(lines[each.line_no], [(each.first_unit, each.last_unit)], left.get(each.line_no, 0))
        runs += [(lines[each.line_no], run) for run in found]
        left[each.line_no] = left.get(each.line_no, 0) - sum(
            domain_units.quantity(lines[each.line_no], run) for run in found
        )
    return part if _units(part) == [(line.line_no, *run) for line, run in runs] else with_runs(order, part, runs)


def _units(part: Fulfilment) -> list[tuple[int, int, int]]:
    return [(each.line_no, each.first_unit, each.last_unit) for each in part.lines]


def _taken(line: Line, parts: Sequence[Fulfilment]) -> list[Run]:
    return [(each.first_unit, each.last_unit) for part in parts for each in part.lines if each.line_no == line.line_no]


def _cut(lines: Sequence[tuple[Line, int]], taken: dict[int, list[Run]]) -> list[tuple[Line, Run]]:
    """Units for a new task; never one that somebody has."""
    found = []
    for line, quantity in lines:
        runs = domain_units.cut(line, domain_units.free(line, taken[line.line_no]), quantity)
        taken[line.line_no] += runs
        found += [(line, run) for run in runs]
    return found


def _refused(part: Fulfilment, given: Refused) -> bool:
    return (
        part.method is Method.COLLECT
        and part.location_id == given.location_id
        and part.state in (State.PLACED, State.ACCEPTED, State.PICKING)
        and any(line.line_no in given.line_nos for line in part.lines)
    )
