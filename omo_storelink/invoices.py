"""Draws numbers of electronic invoices out of this till's own blocks, with or without a line: none twice, none lost."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from omo.order.v1 import invoice_pb2
from omo.storefacts.v1 import facts_pb2

_TAIPEI = ZoneInfo("Asia/Taipei")


@dataclass(frozen=True, slots=True)
class Drawing:
    """How many numbers of a block were drawn by now, as the journal keeps it, and how it is told."""

    drawn: Callable[[str], int]
    count: Callable[[str, int], None]


class InvoiceNumbers:
    """A till's blocks, as the server last told, and what it drew of each.

    A journal that was lost with its till says of nothing that it was drawn: then the server's word counts, which has
    seen every sale that arrived.
    """

    def __init__(self, blocks: Callable[[], Sequence[invoice_pb2.InvoiceBlock]], drawing: Drawing) -> None:
        self._blocks = blocks
        self._drawing = drawing

    def left(self, at: datetime | None = None) -> int:
        """How many can still be drawn in the period of that moment: ask headquarters for more in time."""
        return sum(block.last_number + 1 - self._next(block) for block in self._of(at or datetime.now(UTC)))

    def draw(self, sale: facts_pb2.SaleFact) -> bool:
        """Puts the next number on a sale, and its random code; False if there is none: then the server draws one.

        To be called where the sale is written, so that both are on disk or neither.
        """
        if sale.invoice.number:
            return True
        for block in self._of(sale.business_time.ToDatetime(UTC)):
            digits = self._next(block)
            if digits <= block.last_number:
                self._drawing.count(block.block_id, digits)
                sale.invoice.number = f"{block.track}{digits:08d}"
                sale.invoice.random_code = f"{secrets.randbelow(10_000):04d}"
                return True
        return False

    def _of(self, at: datetime) -> list[invoice_pb2.InvoiceBlock]:
        """This till's blocks of the period of a moment, the one that began first."""
        local = at.astimezone(_TAIPEI)
        period = local.year * 100 + local.month - (local.month + 1) % 2
        return sorted((b for b in self._blocks() if b.period == period), key=lambda b: (b.track, b.first_number))

    def _next(self, block: invoice_pb2.InvoiceBlock) -> int:
        return max(block.next_number, self._drawing.drawn(block.block_id) + 1, block.first_number)
