"""What must always add up in the books of lots."""

from kit.audit import Check, word

_LOTS = "SELECT count(*) FROM lot_levels"
_LEVELS = "SELECT count(*) FROM stock_levels"
# on_hand is what is named and what is not: of the first, each unit is of one lot
_SUM = f"""
SELECT 'sku=' || coalesce(s.sku, l.sku) || ' location=' || coalesce(s.location_id, l.location_id) AS subject,
       coalesce(s.on_hand, 0) || ' on hand' AS expected,
       coalesce(l.units, 0) || ' in lots and ' || coalesce(s.on_hand - s.named, 0) || ' unnamed' AS found,
       'omoctl repair lots ' || {word("coalesce(s.sku, l.sku)")} || ' '
           || {word("coalesce(s.location_id, l.location_id)")} AS repair
  FROM stock_levels s
  FULL JOIN (SELECT sku, location_id, sum(on_hand) AS units FROM lot_levels GROUP BY sku, location_id) l
    ON l.sku = s.sku AND l.location_id = s.location_id
 WHERE coalesce(l.units, 0) + coalesce(s.on_hand - s.named, 0) <> coalesce(s.on_hand, 0)
 LIMIT 100
"""
_ENTRIES = f"""
SELECT 'sku=' || coalesce(l.sku, e.sku) || ' location=' || coalesce(l.location_id, e.location_id) || ' lot='
           || coalesce(l.lot, e.lot) || ' serial=' || coalesce(l.serial, e.serial) AS subject,
       coalesce(e.on_hand, 0) || ' / ' || coalesce(e.put_aside, 0) AS expected,
       coalesce(l.on_hand, 0) || ' / ' || coalesce(l.put_aside, 0) AS found,
       'omoctl repair lots ' || {word("coalesce(l.sku, e.sku)")} || ' '
           || {word("coalesce(l.location_id, e.location_id)")} AS repair
  FROM lot_levels l
  FULL JOIN (SELECT sku, location_id, lot, serial, sum(quantity) AS on_hand, sum(put_aside) AS put_aside
               FROM lot_entries GROUP BY sku, location_id, lot, serial) e
    ON e.sku = l.sku AND e.location_id = l.location_id AND e.lot = l.lot AND e.serial = l.serial
 WHERE coalesce(l.on_hand, 0) <> coalesce(e.on_hand, 0) OR coalesce(l.put_aside, 0) <> coalesce(e.put_aside, 0)
 LIMIT 100
"""
# nobody names more units than moved; what was taken back stands below zero
_MOVED = f"""
WITH said AS (
    SELECT source_id, abs(line_no) AS line_no, kind, first_unit, sku, location_id, sum(quantity) AS units
      FROM lot_entries
     WHERE line_no <> 0 GROUP BY source_id, abs(line_no), kind, first_unit, sku, location_id
)
SELECT 'sku=' || s.sku || ' location=' || s.location_id || ' source=' || s.source_id || ' line=' || s.line_no
           AS subject,
       coalesce(m.quantity, 0) || ' moved' AS expected, s.units || ' named' AS found,
       'omoctl repair lots ' || {word("s.sku")} || ' ' || {word("s.location_id")} AS repair
  FROM said s
  LEFT JOIN movements m ON m.source_id = s.source_id AND m.line_no = s.line_no AND m.kind = s.kind
   AND m.first_unit = s.first_unit AND m.sku = s.sku AND m.location_id = s.location_id AND m.line_no > 0
 WHERE abs(s.units) > abs(coalesce(m.quantity, 0)) OR s.units * coalesce(m.quantity, 0) < 0
 LIMIT 100
"""
_ASIDE = f"""
SELECT 'sku=' || l.sku || ' location=' || l.location_id AS subject, l.units || ' or more' AS expected,
       coalesce(s.quality_control, 0)::text AS found,
       'omoctl repair lots ' || {word("l.sku")} || ' ' || {word("l.location_id")} AS repair
  FROM (SELECT sku, location_id, sum(put_aside) AS units FROM lot_levels GROUP BY sku, location_id) l
  LEFT JOIN stock_levels s ON s.sku = l.sku AND s.location_id = l.location_id
 WHERE l.units > coalesce(s.quality_control, 0)
 LIMIT 100
"""

CHECKS = (
    Check("lots.sum_to_the_level", _LEVELS, _SUM),
    Check("lots.equal_their_entries", _LOTS, _ENTRIES),
    Check("lots.are_named_of_what_moved", _LOTS, _MOVED),
    Check("lots.put_aside_is_in_quality_control", _LOTS, _ASIDE),
)
