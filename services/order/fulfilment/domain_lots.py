"""Which lots or serials a shopper gets, as far as whoever hands over says so."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from kit.errors import invalid
from services.order.fulfilment.domain import Fulfilment, FulfilmentLine

# line, and the first of its units: a run of a task
Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Named:
    """Units of a line that are of one lot, or one by its serial; of a kit, of its part `sku`."""

    line_no: int
    lot: str
    serial: str
    expire_date: str
    quantity: int
    sku: str = ""


def deal(given: Fulfilment, named: Sequence[Named]) -> dict[Run, list[Named]]:
    """Each run of the task with its share of what is named of its line.

    What a kit has of a part only inventory knows; without a part no more is named than there is.
    """
    runs: dict[int, list[FulfilmentLine]] = {}
    for line in given.lines:
        runs.setdefault(line.line_no, []).append(line)
    found: dict[Run, list[Named]] = {}
    for line_no, sku in sorted({(one.line_no, one.sku) for one in named}):
        units = [one for one in named if (one.line_no, one.sku) == (line_no, sku)]
        if line_no not in runs:
            raise invalid("lots.line_no", "must be a line of the task")
        many, most = sum(one.quantity for one in units), sum(one.quantity for one in runs[line_no])
        if not sku and many > most:
            raise invalid("lots.lots", f"must be no more than {most} units of line {line_no}")
        ends = [many * one // most for one in accumulate(one.quantity for one in runs[line_no])]
        for line, share in zip(runs[line_no], _shares(units, ends), strict=True):
            found.setdefault((line_no, line.first_unit), []).extend(share)
    return found


def _shares(units: Sequence[Named], ends: Sequence[int]) -> Iterator[list[Named]]:
    """Cuts the units where each share ends, counted from the first."""
    left, begin = list(units), 0
    for end in ends:
        share, wanted = list[Named](), end - begin
        while wanted:
            one = left.pop(0)
            taken = min(wanted, one.quantity)
            share.append(replace(one, quantity=taken))
            wanted -= taken
            if taken < one.quantity:
                left.insert(0, replace(one, quantity=one.quantity - taken))
        begin = end
        yield share


def once(named: Sequence[Named]) -> bool:
    """Whether each lot and serial is named once for its good."""
    seen = Counter((one.line_no, one.sku, one.serial or one.lot or one.expire_date) for one in named)
    return all(many == 1 for many in seen.values())
