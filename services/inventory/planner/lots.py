"""Lots that wait for their first allocation, shared out by what a run knows."""

from collections.abc import Sequence

from services.inventory.planner import arriving, rebalance
from services.inventory.planner.book import Book
from services.inventory.planner.rebalance import Proposal
from services.inventory.planning.domain import Lot, LotLine, Policy

Shared = tuple[Lot, list[LotLine], list[Proposal]]


def share_lots(lots: Sequence[Lot], book: Book, policy: Policy) -> list[Shared]:
    """Each lot with what stays of each line, and its moves; a place or good that is closed keeps its lines whole."""
    return [_share(lot, book, policy) for lot in lots]


def _share(lot: Lot, book: Book, policy: Policy) -> Shared:
    kept: list[LotLine] = []
    found: list[Proposal] = []
    home = book.columns.get(lot.location_id)
    for line in lot.lines:
        if home is None or line.sku not in book.articles:
            kept.append(LotLine(line.sku, line.quantity, 0, line.quantity))
            continue
        good = book.stand(line.sku)
        shared = arriving.share_out(good, line, home, float(good.weekly[home]), policy, book.ways)
        kept.append(shared.line)
        found += shared.proposals
    return lot, kept, rebalance.ranked(found)
