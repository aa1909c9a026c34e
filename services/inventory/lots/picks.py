"""What was picked for an order's line is what leaves when the line is handed over."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from kit.postgres import Tx
from services.inventory.lots import domain, store_journal
from services.inventory.stock.domain import Movement


async def named(tx: Tx, handovers: Sequence[Movement], tracked: AbstractSet[str]) -> list[Movement]:
    """Handovers with the units that were picked for them; nobody is asked where no good wants to know."""
    bare = [one for one in handovers if one.sku in tracked and not one.lots]
    if not bare:
        return list(handovers)
    left = await store_journal.picked(tx, [(one.source_id, one.line_no) for one in bare])
    found = []
    for one in handovers:
        line = (one.source_id, one.line_no, one.sku, one.location_id)
        if one.lots or line not in left:
            found.append(one)
            continue
        taken = domain.within(left[line], abs(one.quantity))
        gone = {units.key: units.quantity for units in taken}
        left[line] = [replace(units, quantity=units.quantity - gone.get(units.key, 0)) for units in left[line]]
        found.append(replace(one, lots=tuple(taken)))
    return found
