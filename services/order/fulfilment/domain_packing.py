"""What goes into which parcel, and what becomes a task of its own: each unit once, none forgotten."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain
from services.order.fulfilment.domain import Fulfilment, FulfilmentLine
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_parcels import Parcel, ParcelState, Units
from services.order.fulfilment.domain_states import Capture, Reason, State
from services.order.fulfilment.domain_units import Run

MOST_PARCELS = 50
_SPLITTABLE = (State.PLACED, State.ACCEPTED, State.PICKING)


class NotAlike(Fault):
    """Two tasks cannot become one."""

    code = Code.FAILED_PRECONDITION
    reason = "NOT_ALIKE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parcel as somebody packed it."""

    units: tuple[Units, ...]
    carrier: str
    service: str
    weight_grams: int
    lots: tuple[Named, ...] = ()


def of(given: Fulfilment) -> tuple[Units, ...]:
    """All units of a task."""
    return tuple(Units(line.line_no, line.first_unit, line.quantity) for line in given.lines)


def packed(given: Fulfilment, wanted: Sequence[Wanted], ids: Iterable[str]) -> list[Parcel]:
    """The parcels of a task; refused where a unit is in none of them, or in two."""
    if len(wanted) > MOST_PARCELS:
        raise invalid("parcels", f"must be at most {MOST_PARCELS}")
    if len(wanted) == 1 and not wanted[0].units:
        wanted = [replace(wanted[0], units=of(given))]
    inside = [
        (f"parcels[{number}].units[{place}]", unit)
        for number, one in enumerate(wanted)
        for place, unit in enumerate(one.units)
    ]
    found = _checked(given, inside)
    if not all(one.units for one in wanted) or sum(map(_many, found)) != sum(map(_many, _runs(given))):
        raise invalid("parcels", "must hold each unit of the task once, and none be empty")
    return [
        Parcel(parcel_id, number, one.carrier, one.service, ParcelState.PACKED, one.units, one.weight_grams)
        for number, (one, parcel_id) in enumerate(zip(wanted, ids, strict=False), 1)
    ]


def split(order: Order, given: Fulfilment, units: Sequence[Units], fulfilment_id: str, part_no: int) -> tuple[
    Fulfilment, Fulfilment
]:  # fmt: skip
    """The task without these units, and a task of just these."""
    if given.state not in _SPLITTABLE or given.capture is not Capture.OPEN:
        raise domain.refused(given, State.PLACED)
    leaves = _checked(given, [(f"units[{place}]", unit) for place, unit in enumerate(units)])
    stays = list(_without(_runs(given), leaves))
    if not leaves or not stays:
        raise invalid("units", "must be some of the task's units, not none and not all")
    lines = {line.line_no: line for line in order.lines}
    rest = replace(domain.with_runs(order, given, _named(lines, stays)), reason=Reason.SPLIT)
    part = replace(rest, fulfilment_id=fulfilment_id, part_no=part_no)
    return rest, replace(domain.with_runs(order, part, _named(lines, leaves)), reason=Reason.SPLIT)


def merge(order: Order, given: Fulfilment, other: Fulfilment) -> tuple[Fulfilment, Fulfilment]:
    """One task of two, and the other as it ends."""
    for field in ("order_id", "location_id", "to_location_id", "method", "decision_id", "state"):
        if getattr(given, field) != getattr(other, field):
            raise NotAlike(f"the tasks differ by their {field}", field=field)
    if given.fulfilment_id == other.fulfilment_id:
        raise NotAlike("a task is no other than itself", field="fulfilment_id")
    if given.state not in _SPLITTABLE:
        raise domain.refused(given, State.CANCELLED)
    lines = {line.line_no: line for line in order.lines}
    runs = _named(lines, list(_joined(sorted([*_runs(given), *_runs(other)]))))
    whole = replace(domain.with_runs(order, given, runs), reason=Reason.MERGED)
    return whole, domain.move(other, State.CANCELLED, Reason.MERGED)


# line, first and last of the run
_Run = tuple[int, int, int]


def _run(line_no: int, first: int, quantity: int, by_measure: bool) -> _Run:
    return line_no, first, first if by_measure else first + quantity - 1


def _runs(given: Fulfilment) -> list[_Run]:
    return [_run(line.line_no, line.first_unit, line.quantity, line.by_measure) for line in given.lines]


def _many(run: _Run) -> int:
    return run[2] - run[1] + 1


def _checked(given: Fulfilment, units: Sequence[tuple[str, Units]]) -> list[_Run]:
    """These units as runs, each within one of the task's, none twice."""
    found = [(path, _of_line(given, path, unit)) for path, unit in units]
    last: _Run | None = None
    for path, run in sorted(found, key=lambda one: one[1]):
        if last and last[0] == run[0] and run[1] <= last[2]:
            raise invalid(path, "must not be named twice")
        last = run
    return sorted(run for _, run in found)


def _of_line(given: Fulfilment, path: str, unit: Units) -> _Run:
    for line in given.lines:
        if line.line_no == unit.line_no and _holds(line, unit):
            return _run(unit.line_no, unit.first_unit, unit.quantity, line.by_measure)
    raise invalid(path, "must be units of one run of the task")


def _holds(line: FulfilmentLine, unit: Units) -> bool:
    if line.by_measure:
        return (unit.first_unit, unit.quantity) == (line.first_unit, line.quantity)
    return unit.quantity > 0 and line.first_unit <= unit.first_unit <= line.last_unit - unit.quantity + 1


def _without(runs: Iterable[_Run], gone: Sequence[_Run]) -> Iterator[_Run]:
    for line_no, first, last in runs:
        for _, begin, end in [run for run in gone if run[0] == line_no and first <= run[1] <= last]:
            if begin > first:
                yield line_no, first, begin - 1
            first = end + 1  # noqa: PLW2901  # what is before it is told
        if first <= last:
            yield line_no, first, last


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    """Runs that touch, as one."""
    last: _Run | None = None
    for run in runs:
        if last and last[0] == run[0] and last[2] + 1 == run[1]:
            last = (last[0], last[1], run[2])
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def _named(lines: dict[int, Line], runs: Sequence[_Run]) -> list[tuple[Line, Run]]:
    return [(lines[line_no], (first, last)) for line_no, first, last in runs]
