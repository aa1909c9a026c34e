"""The sold units of a line, kept as runs of equal units: what each cost, and what its return gives back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from omo_pricing.allocation import spread
from omo_pricing.errors import AllocationError
from omo_pricing.rounding import Rounding
from omo_pricing.tax import tax_of


@dataclass(frozen=True, slots=True)
class UnitRun:
    """The units `first` to `last` of a line (from 0, both inclusive); the amounts are those of EACH of them."""

    first: int
    last: int
    gross: int
    discounts: Mapping[str, int] = field(hash=False)
    """By rule id, in the order in which they were taken; what is zero is left out."""
    net: int
    tax: int
    total: int
    """What the unit costs: net, with the tax where prices do not hold it."""
    spent: Mapping[str, int] = field(hash=False)
    """By source: the part of `total` that was paid by points and the like."""

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def payable(self) -> int:
        """What is left to pay in money: the earn base."""
        return self.total - sum(self.spent.values())


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


class _Piece:
    """A run in the making: `count` units, each with these amounts."""

    __slots__ = ("count", "discounts", "gross", "left", "net", "spent", "tax")

    def __init__(self, count: int) -> None:
        self.count = count
        self.gross = self.net = self.tax = self.left = 0
        self.discounts: dict[str, int] = {}
        self.spent: dict[str, int] = {}

    def part(self, count: int) -> _Piece:
        part = _Piece(count)
        part.gross, part.net, part.tax, part.left = self.gross, self.net, self.tax, self.left
        part.discounts, part.spent = dict(self.discounts), dict(self.spent)
        return part


class Sold:
    """A line's units while they are priced, step by step: gross, discounts, tax, spends."""

    __slots__ = ("_pieces",)

    def __init__(self, count: int, gross: int) -> None:
        self._pieces = [_Piece(count)]

        def book(piece: _Piece, share: int) -> None:
            piece.gross = piece.net = share

        self._book(gross, [1], book)

    def less(self, rule_id: str, amount: int) -> None:
        """Takes a line's discount off its units, by what each is still worth."""

        def book(piece: _Piece, share: int) -> None:
            piece.net -= share
            if share:
                piece.discounts[rule_id] = share

        self._book(amount, [piece.net for piece in self._pieces], book)

    def tax(self, amount: int, included: bool) -> None:
        """Gives a line's tax to its units, by their net; from here on units can be paid for."""
        net = [piece.net for piece in self._pieces]

        def book(piece: _Piece, share: int) -> None:
            piece.tax = share
            piece.left = piece.net if included else piece.net + share

        # a till may state tax on a line that cost nothing
        self._book(amount, net if any(net) else [1] * len(net), book)

    def tax_each(self, rate_ppm: int, included: bool, how: Rounding) -> int:
        """Taxes each unit by itself; the sum is the line's tax."""
        for piece in self._pieces:
            piece.tax = tax_of(piece.net, rate_ppm, included, how)
            piece.left = piece.net if included else piece.net + piece.tax
        return sum(piece.tax * piece.count for piece in self._pieces)

    def spend(self, source: str, amount: int) -> None:
        """Pays a part of the line's units by value, by what each still has to pay."""

        def book(piece: _Piece, share: int) -> None:
            piece.left -= share
            if share:
                piece.spent[source] = share

        self._book(amount, [piece.left for piece in self._pieces], book)

    def runs(self) -> tuple[UnitRun, ...]:
        """The finished units."""
        runs, first = [], 0
        for piece in self._pieces:
            total = piece.left + sum(piece.spent.values())
            last = first + piece.count - 1
            runs.append(UnitRun(first, last, piece.gross, piece.discounts, piece.net, piece.tax, total, piece.spent))
            first = last + 1
        return tuple(runs)

    def _book(self, amount: int, weights: Sequence[int], book: Callable[[_Piece, int], None]) -> None:
        if len(self._pieces) == 1 and self._pieces[0].count == 1:
            book(self._pieces[0], amount)
            return
        shares = spread(amount, [(piece.count, weight) for piece, weight in zip(self._pieces, weights, strict=True)])
        booked = []
        for piece, runs in zip(self._pieces, shares, strict=True):
            parts = [piece] if len(runs) == 1 else [piece.part(count) for count, _ in runs]
            for part, (_, share) in zip(parts, runs, strict=True):
                book(part, share)
            booked += parts
        self._pieces = booked


def _sums(amounts: Iterable[tuple[Mapping[str, int], int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for amount_of, count in amounts:
        for name, amount in amount_of.items() if count else ():
            sums[name] = sums.get(name, 0) + amount * count
    return sums
