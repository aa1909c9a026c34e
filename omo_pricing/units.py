"""The sold units of a line, kept as runs of equal units: what each cost, and what its return gives back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from omo_pricing.errors import AllocationError
from omo_pricing.sold import Sold
from omo_pricing.unit_run import UnitRun

__all__ = ["Refund", "UnitRun", "refund_of", "stated"]


@dataclass(frozen=True, slots=True)
class Refund:
    """What returned units give back: the sums of what is stored for them."""

    count: int
    gross: int
    discounts: Mapping[str, int] = field(hash=False)
    net: int
    tax: int
    total: int
    spent: Mapping[str, int] = field(hash=False)
    """To be restored where it came from."""
    payable: int
    """To be paid back in money."""


def refund_of(runs: Sequence[UnitRun], unit_indexes: Iterable[int]) -> Refund:
    """Keep-allocation refund: each returned unit gives back its own stored amounts, whatever becomes of the others."""
    asked = sorted(unit_indexes)
    if any(left == right for left, right in pairwise(asked)):
        raise AllocationError("unit_indexes", "must not name a unit twice")
    counted = [(run, bisect_right(asked, run.last) - bisect_left(asked, run.first)) for run in runs]
    if sum(count for _, count in counted) != len(asked):
        raise AllocationError("unit_indexes", "must be units of the line")
    total = sum(run.total * count for run, count in counted)
    spent = _sums((run.spent, count) for run, count in counted)
    return Refund(
        count=len(asked),
        gross=sum(run.gross * count for run, count in counted),
        discounts=_sums((run.discounts, count) for run, count in counted),
        net=sum(run.net * count for run, count in counted),
        tax=sum(run.tax * count for run, count in counted),
        total=total,
        spent=spent,
        payable=total - sum(spent.values()),
    )


def stated(
    count: int,
    gross: int,
    discounts: Mapping[str, int],
    tax: int,
    tax_included: bool,
    spent: Mapping[str, int] | None = None,
) -> tuple[UnitRun, ...]:
    """The units of a line that was priced elsewhere (a till's fact), split from its stated amounts."""
    paid = spent or {}
    _check_stated(count, gross, discounts, tax, paid, gross if tax_included else gross + tax)
    sold = Sold(count, gross)
    for rule_id, amount in discounts.items():
        sold.less(rule_id, amount)
    sold.tax(tax, tax_included)
    for source, amount in paid.items():
        sold.spend(source, amount)
    return sold.runs()


def _check_stated(
    count: int, gross: int, discounts: Mapping[str, int], tax: int, spent: Mapping[str, int], asked: int
) -> None:
    least = {"count": count - 1, "gross": gross, "tax": tax}
    least |= {f"discounts.{name}": amount for name, amount in discounts.items()}
    least |= {f"spent.{name}": amount for name, amount in spent.items()}
    for name, amount in least.items():
        if amount < 0:
            raise AllocationError(name, "must not be negative" if name != "count" else "must be 1 or more")
    taken = sum(discounts.values())
    if taken > gross:
        raise AllocationError("discounts", "must be no more than the line is worth")
    if sum(spent.values()) > asked - taken:
        raise AllocationError("spent", "must be no more than there is to pay")


def _sums(amounts: Iterable[tuple[Mapping[str, int], int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for amount_of, count in amounts:
        for name, amount in amount_of.items() if count else ():
            sums[name] = sums.get(name, 0) + amount * count
    return sums
