"""Which units of an order can come back, and what each of them is worth: look-ups, nothing is calculated again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import invalid
from services.order.checkout.domain import Line, Method, Order, State
from services.order.checkout.domain_spends import Kind, Use
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run
from services.order.returns.domain import Disposition, Return, ReturnOpen, Units, UnitsNotReturnable
from services.order.serials import domain as serials
from services.order.serials.domain import Known

_MOST_ASKED = 100
_NOTHING: Known = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of one line that somebody brings."""

    line_no: int
    quantity: int
    first: int | None = None
    disposition: Disposition = Disposition.NONE
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to bring back, and what is known of him."""

    order: str
    units: Sequence[Asked]
    reason: str
    location_id: str
    received: bool = False
    verified: bool = False
    as_credit: bool = False
    override: bool = False
    exchange_order_id: str | None = None
    waive_fees: bool = False
    serial_reason: str = ""
    """Why units are taken whose serials do not fit."""


def handed_over(order: Order, parts: Iterable[Fulfilment]) -> dict[int, list[tuple[Run, datetime]]]:
    """By line, the runs of units that left for the shopper, and since when."""
    found: dict[int, list[tuple[Run, datetime]]] = {}
    if order.state is not State.CONFIRMED:
        return found
    for line in order.lines:
        if line.method is Method.CARRY_OUT and line.units:
            found[line.line_no] = [((0, domain_units.count(line) - 1), order.business_time)]
    for part in parts:
        if part.gone:
            for one in part.lines:
                run = (one.first_unit, one.last_unit)
                found.setdefault(one.line_no, []).append((run, part.handed_over_time or order.business_time))
    return {line_no: sorted(runs) for line_no, runs in found.items()}


def free(hands: Sequence[tuple[Run, datetime]], gone: Iterable[Run]) -> list[Run]:
    """What of a line's units can be returned: in the shopper's hands, and in no other return."""
    taken = list(gone)
    return [run for (first, last), _ in hands for run in _without(first, last, taken)]


def chosen(
    order: Order,
    hands: Mapping[int, Sequence[tuple[Run, datetime]]],
    others: Sequence[Return],
    asked: Sequence[Asked],
    known: Known = _NOTHING,
) -> list[tuple[Line, Run, Disposition]]:
    """The units that are meant, run by run; refuses where there are not so many.

    What is asked by serial means the units that left with these, as far as they are `known`.
    """
    if not 1 <= len(asked) <= _MOST_ASKED:
        raise invalid("units", f"must hold 1 to {_MOST_ASKED} entries")
    lines = {line.line_no: line for line in order.lines}
    taken: dict[int, list[Run]] = {}
    found: list[tuple[Line, Run, Disposition]] = []
    for one in asked:
        line = lines.get(one.line_no)
        if line is None or one.quantity < 1:
            raise invalid("units", "must name lines of the order, and how many units of each")
        mine = taken.setdefault(line.line_no, [])
        gone = [(u.first, u.last) for each in others for u in each.units if u.line_no == line.line_no]
        can = free(hands.get(line.line_no, ()), [*gone, *mine])
        left = known.get(line.line_no, {})
        if one.first is None and (back := serials.among(one.serials, left, gone)):
            raise _refused(line, _with(others, line, back[0]), can)
        runs = _named(can, one) if one.first is not None else serials.meant(line, can, one.quantity, one.serials, left)
        if sum(last - first + 1 for first, last in runs) < (1 if line.by_measure else one.quantity):
            raise _refused(line, others, can)
        mine += runs
        found += [(line, run, one.disposition) for run in runs]
    return found


def said(
    asked: Sequence[Asked], found: Iterable[tuple[Line, Run, Disposition]], known: Known
) -> dict[tuple[int, int], str]:
    """Which serial each of the units has that were chosen for what is asked, as far as that says it."""
    rest, claims = iter(found), dict[tuple[int, int], str]()
    for one in asked:
        runs, left = list[Run](), one.quantity
        while left > 0:
            line, (first, last), _ = next(rest)
            runs.append((first, last))
            left -= left if line.by_measure else last - first + 1
        pairs = serials.paired(runs, one.serials, known.get(one.line_no, {}))
        claims |= {(one.line_no, unit): serial for unit, serial in pairs.items()}
    return claims


def everything(
    order: Order, hands: Mapping[int, Sequence[tuple[Run, datetime]]], others: Sequence[Return]
) -> list[tuple[Line, Run, Disposition]]:
    """All units that can be returned."""
    return [
        (line, run, Disposition.NONE)
        for line in order.lines
        for run in free(
            hands.get(line.line_no, ()),
            [(u.first, u.last) for each in others for u in each.units if u.line_no == line.line_no],
        )
    ]


def worth(order: Order, runs: Iterable[tuple[Line, Run, Disposition]], at: datetime) -> list[Units]:
    """What these units had cost, by the allocation that was kept when they were sold; other units keep theirs."""
    return [
        _units(order, line, run, to, at) for line, run, to in sorted(runs, key=lambda one: (one[0].line_no, one[1]))
    ]


def split(order: Order, one: Units, run: Run | None, at: datetime) -> list[Units]:
    """A run of units cut where another begins and ends; the parts together are worth what it was."""
    if run is None or run[1] < one.first or one.last < run[0]:
        return [one]
    inner = (max(one.first, run[0]), min(one.last, run[1]))
    cuts = [(one.first, inner[0] - 1), inner, (inner[1] + 1, one.last)]
    line = next(line for line in order.lines if line.line_no == one.line_no)
    parts = worth(order, [(line, cut, one.disposition) for cut in cuts if cut[0] <= cut[1]], at)
    # what a till took as points came with the first
    points = one.points_returned - sum(part.points_returned for part in parts)
    return [replace(parts[0], points_returned=parts[0].points_returned + points), *parts[1:]]


def without(order: Order, given: Return, taken: Sequence[tuple[int, Run]], at: datetime) -> tuple[Units, ...]:
    """A return's units less those that were taken from it."""
    lines = {line.line_no: line for line in order.lines}
    runs = [
        (lines[one.line_no], run, one.disposition)
        for one in given.units
        for run in _without(one.first, one.last, [run for line_no, run in taken if line_no == one.line_no])
    ]
    same = [(line.line_no, *run) for line, run, _ in runs] == [(u.line_no, u.first, u.last) for u in given.units]
    return given.units if same else tuple(worth(order, runs, at))


def _units(order: Order, line: Line, run: Run, to: Disposition, at: datetime) -> Units:
    (one,) = domain_cancelled.cancelled(order, [(line, run)], "", at)
    return Units(
        line.line_no, run[0], run[1], line.sku, line.name, one.quantity, line.by_measure,
        max(domain_units.payable(line, run, order.tax_included), 0), one.net_total, one.earn_base, one.points_returned,
        to,
    )  # fmt: skip


def prepaid(order: Order, units: Iterable[Units]) -> list[Use]:
    """Of what was paid for before, the units that come back, by pack; `pays` is what they stood for."""
    back: dict[str, Use] = {}
    lines = {line.line_no: line for line in order.lines}
    for one in units:
        for use, run in _packs(order, one):
            pays = _stands_for(lines[one.line_no], run, use.unit_value, order.tax_included)
            had = back.get(use.ref)
            quantity, value = (had.quantity, had.pays) if had else (0, 0)
            back[use.ref] = replace(use, quantity=quantity + run[1] - run[0] + 1, pays=value + pays)
    return list(back.values())


def _packs(order: Order, one: Units) -> Iterator[tuple[Use, Run]]:
    """A line's first units were taken from packs, one pack after the other."""
    start = 0
    for use in order.spends:
        if use.kind is Kind.PREPAID and use.line_no == one.line_no:
            run = (max(one.first, start), min(one.last, start + use.quantity - 1))
            start += use.quantity
            if run[0] <= run[1]:
                yield use, run


def _stands_for(line: Line, run: Run, unit_value: int, tax_included: bool) -> int:
    """What a pack pays of each unit is its price, or so much of a better good's."""
    total = 0
    for units in line.units:
        many = min(units.last, run[1]) - max(units.first, run[0]) + 1
        each = units.net_amount - units.points_value + (0 if tax_included else units.tax_amount)
        total += max(many, 0) * (min(each, unit_value) if unit_value else each)
    return total


def _named(can: Sequence[Run], one: Asked) -> list[Run]:
    """The run that begins where it is said, as far as it is free."""
    begin = one.first or 0
    end = begin + one.quantity - 1
    return [(max(first, begin), min(last, end)) for first, last in can if first <= end and begin <= last]


def _with(others: Iterable[Return], line: Line, unit: int) -> list[Return]:
    """Those of the returns that hold this unit."""
    return [one for one in others if any(u.line_no == line.line_no and u.first <= unit <= u.last for u in one.units)]


def _without(first: int, last: int, taken: Iterable[Run]) -> list[Run]:
    found, begin = [], first
    for low, high in sorted(taken):
        if high < begin or low > last:
            continue
        if low > begin:
            found.append((begin, low - 1))
        begin = max(begin, high + 1)
    return [*found, (begin, last)] if begin <= last else found


def _refused(line: Line, others: Sequence[Return], can: Sequence[Run]) -> Exception:
    left = sum(last - first + 1 for first, last in can)
    for other in others:
        if other.state in ("REQUESTED", "AUTHORISED") and any(u.line_no == line.line_no for u in other.units):
            return ReturnOpen(
                f"units of line {line.line_no} are in another return",
                return_id=other.return_id, state=other.state, location_id=other.location_id, line_no=line.line_no,
            )  # fmt: skip
    return UnitsNotReturnable(
        f"line {line.line_no} has {left} units that can be returned", line_no=line.line_no, free=left
    )
