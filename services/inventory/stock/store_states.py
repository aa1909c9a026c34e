"""Every quantity of a level changed by one statement: for what stores, transfers and other systems do to goods."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from kit.postgres import Tx
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Place
from services.inventory.stock.store_levels import Applied

_APPLY = """
UPDATE stock_levels AS l
   SET on_hand = l.on_hand + d.on_hand, held = l.held + d.held, damaged = l.damaged + d.damaged,
       quality_control = l.quality_control + d.quality_control, in_transit_in = l.in_transit_in + d.in_transit_in,
       in_transit_out = l.in_transit_out + d.in_transit_out, opened = l.opened OR d.opens, version = l.version + 1
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
              $8::bigint[], $9::boolean[])
       AS d (sku, location_id, on_hand, held, damaged, quality_control, in_transit_in, in_transit_out, opens)
 WHERE l.sku = d.sku AND l.location_id = d.location_id
RETURNING new.sku, new.location_id, new.on_hand, new.committed, new.held, new.damaged, new.quality_control,
    new.in_transit_in, new.in_transit_out, new.version, new.counted_time, new.opened,
    new.shortfall - old.shortfall AS grown, (old.available > 0) <> (new.available > 0) AS turned
"""


@dataclass(frozen=True, slots=True)
class Shift:
    """What is added to each quantity of a level."""

    on_hand: int = 0
    held: int = 0
    damaged: int = 0
    quality_control: int = 0
    in_transit_in: int = 0
    in_transit_out: int = 0
    opens: bool = False

    def __add__(self, other: "Shift") -> "Shift":
        return Shift(
            self.on_hand + other.on_hand,
            self.held + other.held,
            self.damaged + other.damaged,
            self.quality_control + other.quality_control,
            self.in_transit_in + other.in_transit_in,
            self.in_transit_out + other.in_transit_out,
            self.opens or other.opens,
        )


async def apply(tx: Tx, shifts: Mapping[Place, Shift]) -> list[Applied]:
    """Adds to levels that are locked."""
    if not shifts:
        return []
    columns = map(list, zip(*map(astuple, shifts.values()), strict=True))
    rows = await tx.fetch(_APPLY, *store_levels.columns(list(shifts)), *columns)
    return [store_levels.applied_of(row) for row in rows]
