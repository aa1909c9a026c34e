"""What was picked for an order's line is what leaves when the line is handed over."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from kit.postgres import Tx
from services.inventory.lots import store_journal
from services.inventory.lots.domain_entries import deal
from services.inventory.stock.domain import Movement


async def named(tx: Tx, handovers: Sequence[Movement], tracked: AbstractSet[str]) -> list[Movement]:
    """Handovers with the units that were picked for them; nobody is asked where no good wants to know."""
    bare = [one for one in handovers if one.sku in tracked and not one.lots]
    if not bare:
        return list(handovers)
    picked = await store_journal.picked(tx, [(one.source_id, one.line_no) for one in bare])
    return deal(handovers, picked, lambda one: (one.source_id, one.line_no, one.sku, one.location_id))
