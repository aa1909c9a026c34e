"""What sourcing asks of stock: see it, assign it to orders, take it back.

Whoever keeps the promises of undecided orders (allocations without a place
today, pools later) gives this; sourcing never writes levels itself. All calls
run inside sourcing's transaction. Levels are locked in key order and before
any row of sourcing's own, by everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kit.postgres import Tx
from services.inventory.sourcing.domain import Assignment, StockView

# by line and SKU: how many, in units of the good and of the line
Goods = Mapping[tuple[int, str], tuple[int, int]]


class Stock(Protocol):
    """The goods, from sourcing's side."""

    @property
    def splits_lines(self) -> bool:
        """Whether units of one line may be assigned to several places."""

    async def parts(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[int, Mapping[str, int]]]:
        """By order and line: what kits are made of, in units of the whole line; other lines are left out."""

    async def ended(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        """By order and line: units that nobody will hand over; lines that are whole are left out."""

    async def give_up(self, tx: Tx, order_id: str, goods: Goods, now: datetime) -> None:
        """Ends undecided promises for good: so many of each line's goods, in units of the good and of the line."""

    async def view(
        self, tx: Tx, skus: Sequence[str], location_ids: Iterable[str], order_ids: Iterable[str] = ()
    ) -> StockView:
        """What may still be promised at each place; the asking orders' own undecided promises stand in nobody's way."""

    async def assign(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Moves the undecided promises of these orders to their places; Meanwhile if a place has it no longer.

        A line that is cancelled, handed over or already there is left as it is,
        so that the same assignment twice is one.
        """

    async def bound(self, tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Mapping[tuple[int, str, str], int]]:
        """By order, then by line, SKU and place: what waits where it was decided or named, kits in parts."""

    async def unbind(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Makes these promises undecided again, on their way to a place that somebody chose: nobody loses by it."""

    async def reject(self, tx: Tx, given: Mapping[str, Sequence[Assignment]], now: datetime) -> None:
        """Makes these promises undecided again, all of them behind one lock, as a fact: places will not give them.

        Where they cannot all stand elsewhere, the youngest promise in their way
        is broken. What a reason does to the quantities there is not decided here.
        """
