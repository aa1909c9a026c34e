"""Which serial each sold unit left with, and which one came back for it: a serial is with one shopper at a time."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kit.errors import Code, Fault
from services.order.checkout.domain import Line
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_units import Run


class SerialRequired(Fault):
    """Somebody who has the units in his hands does not say which ones they are."""

    code = Code.INVALID_ARGUMENT
    reason = "SERIAL_REQUIRED"


class SerialMismatch(Fault):
    """What is brought back is not what left."""

    code = Code.FAILED_PRECONDITION
    reason = "SERIAL_MISMATCH"


class SerialTaken(Fault):
    """It is with a shopper already."""

    code = Code.FAILED_PRECONDITION
    reason = "SERIAL_TAKEN"


@dataclass(frozen=True, slots=True)
class Left:
    """A unit of an order that left, or that came back without anybody having said what left."""

    line_no: int
    unit: int
    sku: str
    serial: str
    parcel_id: str | None = None
    return_id: str | None = None
    returned_serial: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A run of units that leave together."""

    line_no: int
    sku: str
    first: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Brought:
    """A unit that is here: what it left with, and what it is now; either may be empty."""

    line_no: int
    unit: int
    sku: str
    left: str
    came: str


@dataclass(frozen=True, slots=True)
class Match:
    """What serials say of units that are brought back."""

    brought: tuple[Brought, ...] = ()
    wrong: tuple[Brought, ...] = ()
    unsaid: tuple[Leaving, ...] = ()
    """Runs of which not every unit is named."""
    unproven: int = 0
    """How many of them nothing proves to be the ones that left."""
    amount: int = 0
    """What those had cost."""


# by line and unit, what left; and what somebody says is here
Known = Mapping[int, Mapping[int, Left]]
Claims = Mapping[tuple[int, int], str]


def leaving(
    field: str, runs: Iterable[Leaving], named: Sequence[Named], asking: Collection[str], parcel_id: str | None = None
) -> list[Left]:
    """Each unit of goods that ask for serials with its own; refused where one has none.

    Units of a line are alike: they get the line's serials as these are named, one after the other.
    """
    units: dict[tuple[int, str], list[int]] = {}
    for run in sorted(runs, key=lambda run: (run.line_no, run.first)):
        if run.sku in asking:
            units.setdefault((run.line_no, run.sku), []).extend(range(run.first, run.first + run.quantity))
    found = []
    for (line_no, sku), numbers in units.items():
        serials = [one.serial for one in named if one.serial and one.line_no == line_no and one.sku in ("", sku)]
        if len(serials) != len(numbers):
            raise required(field, line_no, sku, len(numbers))
        found += [Left(line_no, unit, sku, serial, parcel_id) for unit, serial in zip(numbers, serials, strict=True)]
    return found


def required(field: str, line_no: int, sku: str, units: int) -> SerialRequired:
    """The refusal of units that nobody names."""
    rule = f"must name the serial of each of {units} units of line {line_no}"
    return SerialRequired(f"{field} {rule}", field=field, rule=rule, line_no=line_no, sku=sku, units=units)


def mismatch(field: str, one: Brought) -> SerialMismatch:
    """The refusal of a unit that is another one."""
    rule = "must be the serial that the unit left with" if one.left else "must not be out with another unit"
    return SerialMismatch(
        f"{field} {rule}: {one.came} is not", field=field, rule=rule, line_no=one.line_no, unit=one.unit,
        sku=one.sku, serial=one.came,
    )  # fmt: skip


def taken(field: str, one: Left) -> SerialTaken:
    """The refusal of a serial that another unit has."""
    return SerialTaken(
        f"{field}: {one.serial} of {one.sku} is out already", field=field, sku=one.sku, serial=one.serial,
        line_no=one.line_no,
    )  # fmt: skip


def meant(line: Line, can: Sequence[Run], wanted: int, serials: Iterable[str], known: Mapping[int, Left]) -> list[Run]:
    """Of the units that can come back those that left with these serials; then those of which nobody knows any."""
    wanted = domain_units.count(line) if line.by_measure else wanted
    units = {left.serial: unit for unit, left in known.items() if left.serial and _within(can, unit)}
    mine = sorted({units[serial] for serial in serials if serial in units})[:wanted]
    named = sorted(units.values())
    others = [(unit, unit) for unit in named if unit not in mine]
    free = [part for run in can for part in bare(run, named)]
    rest = domain_units.cut(line, [*free, *others], wanted - len(mine)) if wanted > len(mine) else []
    return [*((unit, unit) for unit in mine), *rest]


def paired(runs: Sequence[Run], serials: Sequence[str], known: Mapping[int, Left]) -> dict[int, str]:
    """Each of these units with what it is: its own serial if that is among them, the others as they come."""
    own = {left.serial: unit for unit, left in known.items() if left.serial and _within(runs, unit)}
    found = {own[serial]: serial for serial in serials if serial in own}
    free = (unit for first, last in runs for unit in range(first, last + 1) if unit not in found)
    strange = [serial for serial in serials if serial not in own]
    return found | dict(zip(free, strange, strict=False))


def among(serials: Collection[str], known: Mapping[int, Left], taken: Sequence[Run]) -> list[int]:
    """The units with these serials that are among those taken."""
    return [unit for unit, left in known.items() if left.serial in serials and _within(taken, unit)]


def brought(
    pinned: Sequence[Run], free: Sequence[Run], serials: Collection[str], meant: Collection[int],
    known: Mapping[int, Left],
) -> list[Run]:  # fmt: skip
    """Of a return's units each that stayed with its shopper gives way to one that he brings instead.

    `pinned` are the units that were asked for, `free` those that are with him besides; as many come as were asked for.
    Units that are `meant` by their numbers stay in the return, as do those that left with these serials.
    """
    instead = among(serials, known, free)
    named = {*among(serials, known, pinned), *meant}
    others = [unit for run in pinned for unit in range(run[0], run[1] + 1) if unit not in named]
    stay = others[len(others) - len(instead) :] if len(instead) < len(others) else others
    kept = [part for run in pinned for part in bare(run, stay)]
    return sorted([*kept, *((unit, unit) for unit in sorted(instead)[: len(stay)])])


def match(line: Line, run: Run, claims: Claims, known: Mapping[int, Left], tax_included: bool) -> Match:
    """What serials say of a run of units."""
    own = {unit: left for unit, left in known.items() if left.serial and run[0] <= unit <= run[1]}
    came = {unit: serial for (line_no, unit), serial in claims.items()
            if line_no == line.line_no and run[0] <= unit <= run[1]}  # fmt: skip
    brought = [
        Brought(line.line_no, unit, line.sku, own[unit].serial if unit in own else "", came.get(unit, ""))
        for unit in sorted(own.keys() | came.keys())
    ]
    proven = [one.unit for one in brought if one.left and one.left == one.came]
    worth = sum(domain_units.payable(line, (unit, unit), tax_included) for unit in proven)
    wrong = tuple(one for one in brought if one.came and one.left and one.came != one.left)
    many = run[1] - run[0] + 1
    unsaid = Leaving(line.line_no, line.sku, run[0], many)
    amount = max(domain_units.payable(line, run, tax_included) - worth, 0)
    return Match(tuple(brought), wrong, (unsaid,) * (len(came) < many), many - len(proven), amount)


def together(parts: Sequence[Match], known: Known, elsewhere: Collection[tuple[str, str]]) -> Match:
    """What they say of all of them.

    Where nobody knows what left, it is wrong as well if it is another unit: of this order, of another one, or one that
    is named twice.
    """
    brought = tuple(one for part in parts for one in part.brought)
    others = {(left.sku, left.serial) for units in known.values() for left in units.values() if not left.return_id}
    others |= {
        *elsewhere,
        *(name for name, many in Counter((one.sku, one.came) for one in brought).items() if many > 1),
    }
    strange = [one for one in brought if one.came and not one.left and (one.sku, one.came) in others]
    wrong = (*(one for part in parts for one in part.wrong), *strange)
    unsaid = tuple(run for part in parts for run in part.unsaid)
    return Match(brought, wrong, unsaid, sum(one.unproven for one in parts), sum(one.amount for one in parts))


def bare(run: Run, units: Iterable[int]) -> Iterator[Run]:
    """A run without some of its units."""
    first, last = run
    edges = [first - 1, *sorted(unit for unit in units if first <= unit <= last), last + 1]
    return ((low + 1, high - 1) for low, high in pairwise(edges) if low + 1 < high)


def _within(runs: Iterable[Run], unit: int) -> bool:
    return any(first <= unit <= last for first, last in runs)
