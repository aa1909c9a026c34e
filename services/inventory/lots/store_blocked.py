"""Pages of lots that may not be sold, for whoever sells."""

from kit.postgres import Tx
from services.inventory.lots.domain import Lot

# a recall is for good; what expired and stands nowhere any more is nobody's concern
_BLOCKED = """
SELECT sku, lot, serial, expire_date, state, note, create_time, version FROM lots
 WHERE state <> 'GOOD' AND (sku, lot, serial) > ($1, $2, $3)
   AND (state = 'RECALLED'
        OR EXISTS (SELECT FROM lot_levels AS stands
                    WHERE stands.sku = lots.sku AND stands.lot = lots.lot
                      AND (lots.serial = '' OR stands.serial = lots.serial)
                      AND (stands.on_hand <> 0 OR stands.put_aside <> 0)))
 ORDER BY sku, lot, serial LIMIT $4
"""


async def page(tx: Tx, after: tuple[str, str, str], size: int) -> list[Lot]:
    """Lots and serials behind a key, in key order."""
    return [Lot(**row) for row in await tx.fetch(_BLOCKED, *after, size)]
