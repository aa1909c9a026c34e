"""The life of a document of incoming goods: what is expected, came in, and will not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid
from services.inventory.lots.domain import Units

Place = tuple[str, str]


class SupplyState(Fault):
    """A document that ended is not written any more."""

    code = Code.FAILED_PRECONDITION
    reason = "SUPPLY_STATE"


@dataclass(frozen=True, slots=True)
class Line:
    """Goods that are to come to a location; nothing was expected of goods that came unasked."""

    line_no: int
    sku: str
    location_id: str
    quantity: int
    expected_time: datetime
    promisable: bool
    accepted: int = 0
    damaged: int = 0
    closed: bool = False

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def received(self) -> int:
        return self.accepted + self.damaged

    @property
    def incoming(self) -> int:
        """Still to come."""
        return 0 if self.closed else max(0, self.quantity - self.received)

    def state(self, now: datetime) -> str:
        if self.incoming:
            return "LATE" if self.expected_time <= now else "EXPECTED"
        return "RECEIVED" if self.received >= self.quantity else "CLOSED"


@dataclass(frozen=True, slots=True)
class Document:
    """A purchase order, or a notice of what was sent."""

    document_id: str
    kind: str
    lines: tuple[Line, ...]
    create_time: datetime
    supplier: str = ""
    note: str = ""
    state: str = "OPEN"
    close_time: datetime | None = None
    version: int = 1

    @property
    def places(self) -> set[Place]:
        return {line.place for line in self.lines}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in of a line; without its number, of a SKU at a location."""

    line_no: int
    sku: str
    location_id: str
    accepted: int
    damaged: int
    lots: tuple[Units, ...] = ()


@dataclass(frozen=True, slots=True)
class Came:
    """What an arrival added to a line, behind so many units that came before."""

    line: Line
    accepted: int
    damaged: int
    first: int


@dataclass(slots=True)
class _Unloading:
    """A document while goods come in."""

    lines: dict[int, Line]
    came: list[Came] = field(default_factory=list)

    def add(self, line: Line, accepted: int, damaged: int) -> None:
        if accepted or damaged:
            self.came.append(Came(line, accepted, damaged, line.received))
            after = replace(line, accepted=line.accepted + accepted, damaged=line.damaged + damaged)
            self.lines[line.line_no] = after


def put(known: Document | None, given: Document) -> Document:
    """The document as it is now given; what came in of its lines stays."""
    if known is None:
        return given
    if known.state != "OPEN":
        raise SupplyState(f"{given.document_id} is {known.state}", document_id=given.document_id, state=known.state)
    had = {line.line_no: line for line in known.lines}
    lines = {line.line_no: _again(had.get(line.line_no), line, given.document_id) for line in given.lines}
    # what is no longer named is no longer expected
    left_out = {no: replace(line, quantity=line.received) for no, line in had.items() if no not in lines}
    merged = tuple(line for _, line in sorted((lines | left_out).items()))
    after = replace(given, lines=merged, create_time=known.create_time, version=known.version)
    return known if after == known else replace(after, version=known.version + 1)


def _again(had: Line | None, line: Line, document_id: str) -> Line:
    if had is None:
        return line
    if had.place != line.place:
        raise invalid("documents", f"line {line.line_no} of {document_id} is {had.sku} to {had.location_id}")
    return replace(line, accepted=had.accepted, damaged=had.damaged)


def receive(known: Document, arrivals: Sequence[Arrival], now: datetime) -> tuple[Document, list[Came]]:
    """The document with what came in, whatever it is, and what that added to each line; all of it there closes it."""
    work = _Unloading({line.line_no: line for line in known.lines})
    for number, one in enumerate(arrivals):
        if one.line_no:
            if one.line_no not in work.lines:
                raise invalid(f"arrivals[{number}].line_no", "is no line of the document")
            work.add(work.lines[one.line_no], one.accepted, one.damaged)
        else:
            _unload(work, one, now, closed=known.state != "OPEN")
    lines = tuple(line for _, line in sorted(work.lines.items()))
    after = replace(known, lines=lines, version=known.version + 1)
    if known.state == "OPEN" and not any(line.incoming for line in lines):
        after = replace(after, state="CLOSED", close_time=now)
    return after, work.came


def _unload(work: _Unloading, one: Arrival, now: datetime, *, closed: bool) -> None:
    """Goods without a line's number: open lines first, the earliest; what is more than all goes to the last of them."""
    mine = [line for line in work.lines.values() if line.place == (one.sku, one.location_id)]
    if not mine:
        number = max(work.lines, default=0) + 1
        work.lines[number] = Line(number, one.sku, one.location_id, 0, now, promisable=False, closed=closed)
        mine = [work.lines[number]]
    mine = [line for line in mine if line.incoming] or mine
    mine.sort(key=lambda line: (line.expected_time, line.line_no))
    accepted, damaged = one.accepted, one.damaged
    for line in mine[:-1]:
        fit = min(accepted, line.incoming)
        unfit = min(damaged, line.incoming - fit)
        work.add(line, fit, unfit)
        accepted, damaged = accepted - fit, damaged - unfit
    work.add(mine[-1], accepted, damaged)


def cancel(known: Document, now: datetime) -> Document:
    """The document at its end; one that ended stays as it is."""
    if known.state != "OPEN":
        return known
    lines = tuple(replace(line, closed=True) for line in known.lines)
    state = "CLOSED" if any(line.received for line in lines) else "CANCELLED"
    return replace(known, state=state, lines=lines, close_time=now, version=known.version + 1)


def promised(lines: Sequence[Line]) -> Mapping[Place, list[tuple[datetime, int]]]:
    """What may be counted on, by place: when, and how much."""
    found: dict[Place, list[tuple[datetime, int]]] = {}
    for line in lines:
        if line.promisable and line.incoming:
            found.setdefault(line.place, []).append((line.expected_time, line.incoming))
    return found


def worse(before: Sequence[Line], after: Sequence[Line]) -> set[str]:
    """SKUs of which less, or later, may be counted on than before."""
    old, new = promised(before), promised(after)
    return {sku for sku, place in old if not _covers(new.get((sku, place), []), old[sku, place])}


def _covers(new: list[tuple[datetime, int]], old: list[tuple[datetime, int]]) -> bool:
    """Whether at no time less will have come than was said before."""
    times = sorted({at for at, _ in (*old, *new)})
    return all(sum(u for at, u in new if at <= time) >= sum(u for at, u in old if at <= time) for time in times)
