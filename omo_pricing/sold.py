"""A line's units while they are priced, step by step: gross, discounts, tax, spends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omo_pricing.allocation import spread
from omo_pricing.rounding import Rounding
from omo_pricing.tax import tax_of
from omo_pricing.unit_run import UnitRun


@dataclass(frozen=True, slots=True)
class Pick:
    """The last `count` units of a line's piece number `place`, which carry `amount` together."""

    place: int
    count: int
    amount: int


class Piece:
    """A run in the making: `count` units, each with these amounts."""

    __slots__ = ("count", "discounts", "gross", "left", "net", "spent", "tax")

    def __init__(self, count: int) -> None:
        self.count = count
        self.gross = self.net = self.tax = self.left = 0
        self.discounts: dict[str, int] = {}
        self.spent: dict[str, int] = {}

    def part(self, count: int) -> Piece:
        part = Piece(count)
        part.gross, part.net, part.tax, part.left = self.gross, self.net, self.tax, self.left
        part.discounts, part.spent = dict(self.discounts), dict(self.spent)
        return part


class Sold:
    """A line's units as pieces of equal ones; every step splits an amount over them exactly."""

    __slots__ = ("pieces",)

    def __init__(self, count: int, gross: int) -> None:
        self.pieces = [Piece(count)]

        def book(piece: Piece, share: int) -> None:
            piece.gross = piece.net = share

        self._book(gross, [1], book)

    def less(self, rule_id: str, amount: int, picks: Sequence[Pick] = ()) -> None:
        """Takes a discount off the picked units, or off all of them by what each is still worth."""

        def book(piece: Piece, share: int) -> None:
            piece.net -= share
            if share:
                piece.discounts[rule_id] = share

        if not picks:
            self._book(amount, [piece.net for piece in self.pieces], book)
        # from the last piece on, so that the places of those before it stay what they were
        for pick in sorted(picks, key=lambda pick: -pick.place):
            self._book_picked(pick, book)

    def tax(self, amount: int, included: bool) -> None:
        """Gives a line's tax to its units, by their net; from here on units can be paid for."""
        net = [piece.net for piece in self.pieces]

        def book(piece: Piece, share: int) -> None:
            piece.tax = share
            piece.left = piece.net if included else piece.net + share

        # a till may state tax on a line that cost nothing
        self._book(amount, net if any(net) else [1] * len(net), book)

    def tax_each(self, rate_ppm: int, included: bool, how: Rounding) -> int:
        """Taxes each unit by itself; the sum is the line's tax."""
        for piece in self.pieces:
            piece.tax = tax_of(piece.net, rate_ppm, included, how)
            piece.left = piece.net if included else piece.net + piece.tax
        return sum(piece.tax * piece.count for piece in self.pieces)

    def spend(self, source: str, amount: int) -> None:
        """Pays a part of the line's units by value, by what each still has to pay."""

        def book(piece: Piece, share: int) -> None:
            piece.left -= share
            if share:
                piece.spent[source] = share

        self._book(amount, [piece.left for piece in self.pieces], book)

    def runs(self) -> tuple[UnitRun, ...]:
        """The finished units."""
        runs, first = [], 0
        for piece in self.pieces:
            total = piece.left + sum(piece.spent.values())
            last = first + piece.count - 1
            runs.append(UnitRun(first, last, piece.gross, piece.discounts, piece.net, piece.tax, total, piece.spent))
            first = last + 1
        return tuple(runs)

    def _book(self, amount: int, weights: Sequence[int], book: Callable[[Piece, int], None]) -> None:
        if len(self.pieces) == 1 and self.pieces[0].count == 1:
            book(self.pieces[0], amount)
            return
        shares = spread(amount, [(piece.count, weight) for piece, weight in zip(self.pieces, weights, strict=True)])
        booked = []
        for piece, runs in zip(self.pieces, shares, strict=True):
            booked += _cut(piece, runs, book)
        self.pieces = booked

    def _book_picked(self, pick: Pick, book: Callable[[Piece, int], None]) -> None:
        piece = self.pieces[pick.place]
        rest = [piece.part(piece.count - pick.count)] if pick.count < piece.count else []
        picked = piece.part(pick.count)
        [shares] = spread(pick.amount, [(pick.count, 1)])
        self.pieces[pick.place : pick.place + 1] = rest + _cut(picked, shares, book)


def _cut(piece: Piece, runs: Sequence[tuple[int, int]], book: Callable[[Piece, int], None]) -> list[Piece]:
    """The piece in as many parts as its shares differ, each with its share booked."""
    parts = [piece] if len(runs) == 1 else [piece.part(count) for count, _ in runs]
    for part, (_, share) in zip(parts, runs, strict=True):
        book(part, share)
    return parts
