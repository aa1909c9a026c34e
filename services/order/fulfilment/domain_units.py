"""The units of a line: how many there are, which are free, and what some of them cost."""

from collections.abc import Iterable

from services.order.checkout.domain import Line

# first and last, from 0, both inclusive
Run = tuple[int, int]


def count(line: Line) -> int:
    """What is sold by measure is one unit, however much it weighs."""
    return 1 if line.by_measure else line.quantity


def quantity(line: Line, run: Run) -> int:
    """Base units in a run."""
    return line.quantity if line.by_measure else run[1] - run[0] + 1


def free(line: Line, taken: Iterable[Run]) -> list[Run]:
    """The runs of units that nobody has."""
    found, begin = [], 0
    for first, last in sorted(taken):
        if first > begin:
            found.append((begin, first - 1))
        begin = max(begin, last + 1)
    if begin < count(line):
        found.append((begin, count(line) - 1))
    return found


def cut(line: Line, runs: Iterable[Run], wanted: int) -> list[Run]:
    """The first runs that hold so much of the line, as far as there is."""
    left = count(line) if line.by_measure and wanted else wanted
    found = []
    for first, last in runs:
        if left > 0:
            found.append((first, min(last, first + left - 1)))
            left -= found[-1][1] - first + 1
    return found


def payable(line: Line, run: Run, tax_included: bool) -> int:
    """What these units come to, without what points pay; of a whole line its total, which is the authority."""
    if run == (0, count(line) - 1):
        return line.net_total - line.points_value + (0 if tax_included else line.tax_total)
    total = 0
    for units in line.units:
        many = min(units.last, run[1]) - max(units.first, run[0]) + 1
        if many > 0:
            each = units.net_amount - units.points_value + (0 if tax_included else units.tax_amount)
            total += many * each
    return total
