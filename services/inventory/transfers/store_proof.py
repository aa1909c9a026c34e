"""What must always add up in the books of transfers."""

from kit.audit import Check
from services.inventory.stock.store_proof import repair

_LEVELS = "SELECT count(*) FROM stock_levels"
_IN_TRANSIT = f"""
WITH moving AS (
    SELECT t.from_location_id, t.to_location_id, l.sku, l.in_transit
      FROM transfer_lines l JOIN transfers t ON t.transfer_id = l.transfer_id WHERE l.in_transit > 0
), due AS (
    SELECT sku, location_id, sum(ins) AS ins, sum(outs) AS outs
      FROM (SELECT sku, to_location_id AS location_id, in_transit AS ins, 0 AS outs FROM moving
            UNION ALL SELECT sku, from_location_id, 0, in_transit FROM moving) AS both_ends
     GROUP BY sku, location_id
)
SELECT 'sku=' || coalesce(l.sku, d.sku) || ' location=' || coalesce(l.location_id, d.location_id) AS subject,
       coalesce(d.ins, 0) || ' in / ' || coalesce(d.outs, 0) || ' out' AS expected,
       coalesce(l.in_transit_in, 0) || ' in / ' || coalesce(l.in_transit_out, 0) || ' out' AS found,
       {repair("d")} AS repair
  FROM stock_levels l FULL JOIN due d ON d.sku = l.sku AND d.location_id = l.location_id
 WHERE coalesce(l.in_transit_in, 0) <> coalesce(d.ins, 0) OR coalesce(l.in_transit_out, 0) <> coalesce(d.outs, 0)
 LIMIT 100
"""

CHECKS = (Check("transfers.in_transit_equals_open_lines", _LEVELS, _IN_TRANSIT),)
