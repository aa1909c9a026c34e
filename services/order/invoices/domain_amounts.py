"""What an invoice states: its total, and how that divides into sales and tax by the kind of buyer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.order.invoices.domain import Line

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Stated:
    """sales + tax + free = total, to the minor unit."""

    total: int
    sales: int
    tax: int
    free: int


def inside(amount: int, rate_bp: int) -> int:
    """The tax inside an amount, halves away from nothing."""
    whole = _WHOLE + rate_bp
    return (2 * amount * rate_bp + whole) // (2 * whole)


def stated(lines: Sequence[Line], business: bool) -> Stated:
    """A business is told its tax, once per rate over the whole invoice; a consumer pays prices that hold it."""
    by_rate: dict[int, int] = {}
    for line in lines:
        by_rate[line.rate_bp] = by_rate.get(line.rate_bp, 0) + line.amount
    total, free = sum(by_rate.values()), by_rate.get(0, 0)
    tax = tax_of(lines) if business else 0
    return Stated(total, total - free - tax, tax, free)


def tax_of(lines: Iterable[Line]) -> int:
    """The tax inside some lines, once per rate."""
    by_rate: dict[int, int] = {}
    for line in lines:
        by_rate[line.rate_bp] = by_rate.get(line.rate_bp, 0) + line.amount
    return sum(inside(amount, rate_bp) for rate_bp, amount in by_rate.items())
