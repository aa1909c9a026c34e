"""Which sold units explain the goods that a till took back: those with their serials first, then any of that good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment.domain_units import Run
from services.order.returns import domain_units
from services.order.returns.domain import Disposition, Return
from services.order.returns.domain_till import Goods
from services.order.serials import domain as serials
from services.order.serials.domain import Known

# units, goods that none explains, and the serials that were said, by line and unit
Explained = tuple[list[tuple[Line, Run, Disposition]], list[Goods], dict[tuple[int, int], str]]


def explain(
    order: Order,
    hands: Mapping[int, Sequence[tuple[Run, datetime]]],
    here: Sequence[Return],
    goods: Sequence[Goods],
    left: Known,
) -> Explained:
    """The units that came back, and the goods that none explains: they came back before, or never were sold."""
    found: list[tuple[Line, Run, Disposition]] = []
    rest: list[Goods] = []
    claims: dict[tuple[int, int], str] = {}
    for one in (part for each in goods for part in _one_by_one(each)):
        wanted = one.quantity
        for line in _lines(order, one, left):
            known = left.get(line.line_no, {})
            gone = [(u.first, u.last) for each in here for u in each.units if u.line_no == line.line_no]
            if serials.among(one.serials, known, gone):
                break  # this very unit is home: another does not explain it
            gone += [run for taken, run, _ in found if taken.line_no == line.line_no]
            can = domain_units.free(hands.get(line.line_no, ()), gone)
            runs = serials.meant(line, can, wanted, one.serials, known)
            found += [(line, run, _becomes(one)) for run in runs]
            pairs = serials.paired(runs, one.serials, known)
            claims |= {(line.line_no, unit): serial for unit, serial in pairs.items()}
            wanted -= sum(fulfilled.quantity(line, run) for run in runs)
            if wanted <= 0:
                break
        if wanted > 0:
            rest.append(replace(one, quantity=wanted))
    return found, rest, claims


def _one_by_one(given: Goods) -> Iterator[Goods]:
    """What has a serial for itself, and the others together."""
    yield from (replace(given, quantity=1, serials=(serial,)) for serial in given.serials)
    if more := given.quantity - len(given.serials):
        yield replace(given, quantity=more, serials=())


def _lines(order: Order, one: Goods, left: Known) -> list[Line]:
    """Which lines it may be of: the one that was named, if it is of that good, or else all of that good.

    The line first that its serial left with.
    """
    named = [line for line in order.lines if line.line_no == one.line_no and one.sku in ("", line.sku)]
    found = named or [line for line in order.lines if one.sku and line.sku == one.sku]
    own = {line_no for line_no, units in left.items() for unit in units.values() if unit.serial in one.serials}
    return sorted(found, key=lambda line: line.line_no not in own)


def _becomes(one: Goods) -> Disposition:
    """Where the till says a word that nobody knows, somebody must look."""
    known = {each.value: each for each in Disposition if each}
    return known.get(one.disposition, Disposition.QUARANTINE) if one.disposition else Disposition.RESTOCK
