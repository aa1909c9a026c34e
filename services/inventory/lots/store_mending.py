"""Makes the books of lots at a place what their journal says; its level is locked."""

from datetime import datetime

from kit.postgres import Tx
from services.inventory.lots.domain_mending import Figures
from services.inventory.stock.domain import Place, Who

_FIGURES = """
SELECT s.named, s.quality_control, coalesce(sum(l.on_hand), 0)::bigint AS in_lots,
       coalesce(sum(l.put_aside), 0)::bigint AS put_aside
  FROM stock_levels s LEFT JOIN lot_levels l ON l.sku = s.sku AND l.location_id = s.location_id
 WHERE s.sku = $1 AND s.location_id = $2 GROUP BY s.named, s.quality_control
"""
# Of a movement of which more was named than moved, nobody knows what it was: all that was said is taken back. The
# journal stays; what takes back has the number of its line below zero.
_TAKE_BACK = """
WITH said AS (
    SELECT source_id, abs(line_no) AS line_no, kind, first_unit, lot, serial, sum(quantity)::bigint AS units,
           sum(sum(quantity)) OVER (PARTITION BY source_id, abs(line_no), kind, first_unit) AS named
      FROM lot_entries WHERE sku = $1 AND location_id = $2 AND line_no <> 0
     GROUP BY source_id, abs(line_no), kind, first_unit, lot, serial
)
INSERT INTO lot_entries (sku, location_id, lot, serial, quantity, kind, source_id, line_no, first_unit, reason,
    business_time, actor_kind, actor_id, actor_terminal_id)
SELECT $1, $2, s.lot, s.serial, -s.units, s.kind, s.source_id, -s.line_no, s.first_unit, 'REPAIR', $3, $4, $5, $6
  FROM said s
  LEFT JOIN movements m ON m.source_id = s.source_id AND m.line_no = s.line_no AND m.kind = s.kind
   AND m.first_unit = s.first_unit AND m.sku = $1 AND m.location_id = $2
 WHERE s.units <> 0 AND (abs(s.named) > abs(coalesce(m.quantity, 0)) OR s.named * coalesce(m.quantity, 0) < 0)
RETURNING quantity
"""
_RECOUNT = """
WITH due AS (
    SELECT lot, serial, sum(quantity)::bigint AS on_hand, sum(put_aside)::bigint AS put_aside,
           min(business_time) AS since_time
      FROM lot_entries WHERE sku = $1 AND location_id = $2 GROUP BY lot, serial
), put AS (
    INSERT INTO lot_levels AS l (sku, location_id, lot, serial, on_hand, put_aside, since_time)
    SELECT $1, $2, lot, serial, on_hand, put_aside, since_time FROM due ORDER BY lot, serial
    ON CONFLICT (sku, location_id, lot, serial) DO UPDATE
       SET on_hand = excluded.on_hand, put_aside = excluded.put_aside
     WHERE l.on_hand <> excluded.on_hand OR l.put_aside <> excluded.put_aside
    RETURNING lot
), gone AS (
    UPDATE lot_levels AS l SET on_hand = 0, put_aside = 0
     WHERE l.sku = $1 AND l.location_id = $2 AND (l.on_hand <> 0 OR l.put_aside <> 0)
       AND NOT EXISTS (SELECT FROM due WHERE due.lot = l.lot AND due.serial = l.serial)
    RETURNING lot
), whole AS (
    UPDATE stock_levels AS s SET named = coalesce((SELECT sum(on_hand) FROM due), 0)
     WHERE s.sku = $1 AND s.location_id = $2 AND s.named <> coalesce((SELECT sum(on_hand) FROM due), 0)
    RETURNING sku
)
SELECT (SELECT count(*) FROM put) + (SELECT count(*) FROM gone) + (SELECT count(*) FROM whole)
"""


async def figures(tx: Tx, place: Place) -> Figures:
    (row,) = await tx.fetch(_FIGURES, *place)
    return Figures(**row)


async def recount(tx: Tx, place: Place, who: Who, now: datetime) -> int:
    """Takes back what was named of more than moved, then sums up the journal; how many rows that changed."""
    taken = await tx.fetch(_TAKE_BACK, *place, now, who.kind, who.id, who.terminal_id)
    return len(taken) + int(await tx.fetchval(_RECOUNT, *place))
