"""What sourcing's word means for an order's tasks: which to open, which to end, and what is left to a person."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.order.checkout.domain import Line, Method, Order
from services.order.fulfilment import domain_cancelled, domain_kept, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_kept import Key
from services.order.fulfilment.domain_states import Reason, State
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
    CANCELLED = "CANCELLED"
    SENT_FOR = "SENT_FOR"


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
    promise_time: datetime | None = None
    """Until when the shopper is told that it takes."""


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
    # units that nobody will send
    give_up: list[tuple[Line, Run]] = field(default_factory=list)


def plan(order: Order, parts: Sequence[Fulfilment], told: Told, gone: Sequence[Cancelled] = ()) -> Plan:
    """The tasks that the order should have.

    A task is keyed by its place and the decision that chose it, so that what
    was said before, twice or too late opens nothing twice; a place that
    rejected its part and is chosen again gets another task by another decision.
    Units that are cancelled are sent by nobody, whatever is said of them.
    """
    found = Plan()
    ways = sent(order, parts)
    wanted = _wanted(order, told.assigned, ways)
    shipped = [part for part in parts if part.method is Method.SHIP and part.stands]
    movable = [part for part in shipped if part.state in _MOVABLE]
    for part, less in domain_kept.left(order, shipped, movable, wanted):
        if not less.lines:
            found.end.append(part)
        elif less is not part:
            found.shrink.append((part, less))
    found.reject = [part for part in parts if told.refused and _refused(part, told.refused)]
    changed = [*found.end, *found.reject, *(part for part, _ in found.shrink)]
    standing = [part for part in parts if part.stands and not any(part is one for one in changed)]
    standing += [less for _, less in found.shrink]
    known = {domain_kept.key(part) for part in parts if part.method is Method.SHIP}
    taken = {line.line_no: domain_cancelled.taken(line, standing, gone) for line in order.lines}
    for key, lines in wanted.items():
        if key[1] and key not in known and (runs := _cut(lines, taken)):
            found.open.append(Task(*key, tuple(runs)))
    if told.standing is Standing.GIVEN_UP:
        found.give_up = _given_up(order, told, taken, gone, ways)
    return found


def given_up_late(
    order: Order, parts: Sequence[Fulfilment], told: Told, gone: Sequence[Cancelled]
) -> list[tuple[Line, Run]]:
    """Units that were given up by a word that a newer one overtook: of what nobody has."""
    standing = [part for part in parts if part.stands]
    taken = {line.line_no: domain_cancelled.taken(line, standing, gone) for line in order.lines}
    return _given_up(order, told, taken, gone, sent(order, parts), again=True)


def _given_up(
    order: Order,
    told: Told,
    taken: dict[int, list[Run]],
    gone: Sequence[Cancelled],
    ways: Collection[int],
    again: bool = False,
) -> list[tuple[Line, Run]]:
    """What the word leaves over and was not cancelled before, never more than nobody has.

    What a store rejected a moment ago is still assigned there, as inventory
    sees it: it is looked for elsewhere, and is not given up.
    """
    assigned, ended, left = Counter[int](), Counter[int](), Counter[int]()
    for one in told.assigned:
        assigned[one.line_no] += one.quantity
    for each in gone:
        ended[each.line_no] += each.quantity
    for lacking in told.left:
        left[lacking.line_no] += lacking.quantity
    found = []
    for line in order.lines:
        most = line.quantity - assigned[line.line_no] - ended[line.line_no]
        wanted = min(most, left[line.line_no] - (ended[line.line_no] if again else 0))
        if line.line_no in ways and wanted > 0:
            runs = domain_units.cut(line, domain_units.free(line, taken[line.line_no]), wanted)
            found += [(line, run) for run in runs]
    return found


def came(parts: Sequence[Fulfilment], line_no: int, run: Run) -> bool:
    """Whether another place sent units to the store: they are there, or were found there while they were on their way.

    What the store was given itself, or found before it left, stock promises like all that is collected.
    """
    legs = [part for part in parts if part.to_location_id and part.reason in (Reason.AT_THE_STORE, Reason.FOUND)]
    return any(
        one.line_no == line_no and one.first_unit <= run[1] and run[0] <= one.last_unit
        for leg in legs
        if leg.state is State.CANCELLED
        for one in leg.lines
    )


def sent(order: Order, parts: Sequence[Fulfilment]) -> set[int]:
    """The lines that places send: to the shopper, or to the store that asked for what it lacked of them."""
    asked_for = {line.line_no for part in parts if part.method is Method.SHIP for line in part.lines}
    return {line.line_no for line in order.lines if line.method is Method.SHIP or line.line_no in asked_for}


def _wanted(order: Order, assigned: Sequence[Assigned], ways: Collection[int]) -> dict[Key, list[tuple[Line, int]]]:
    """What is shipped from where by which decision, in the order of places."""
    lines = {line.line_no: line for line in order.lines if line.line_no in ways}
    found: dict[Key, list[tuple[Line, int]]] = {}
    for one in sorted(assigned, key=lambda one: (one.location_id, one.decision_id, one.line_no)):
        if one.line_no in lines:
            found.setdefault((one.location_id, one.decision_id), []).append((lines[one.line_no], one.quantity))
    return found


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
