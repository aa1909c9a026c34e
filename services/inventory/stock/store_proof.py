"""What must always add up in the stock books (invariants I1 and I2)."""

from kit.audit import Check, word
from services.inventory.stock import store_endings


def repair(other: str) -> str:
    """SQL for the command that mends a level `l`, or one that only the rows `other` know."""
    sku, location_id = word(f"coalesce(l.sku, {other}.sku)"), word(f"coalesce(l.location_id, {other}.location_id)")
    return f"'omoctl repair level ' || {sku} || ' ' || {location_id}"


_LEVELS = "SELECT count(*) FROM stock_levels"
_ON_HAND = f"""
SELECT 'sku=' || coalesce(l.sku, m.sku) || ' location=' || coalesce(l.location_id, m.location_id) AS subject,
       coalesce(m.quantity, 0) || ' / ' || coalesce(m.damaged, 0) AS expected,
       coalesce(l.on_hand, 0) || ' / ' || coalesce(l.damaged, 0) AS found, {repair("m")} AS repair
  FROM stock_levels l
  FULL JOIN (SELECT sku, location_id, sum(quantity) AS quantity, sum(damaged) AS damaged FROM movements
              GROUP BY sku, location_id) m ON m.sku = l.sku AND m.location_id = l.location_id
 WHERE coalesce(l.on_hand, 0) <> coalesce(m.quantity, 0) OR coalesce(l.damaged, 0) <> coalesce(m.damaged, 0)
 LIMIT 100
"""
_HELD = f"""
SELECT 'sku=' || coalesce(l.sku, h.sku) || ' location=' || coalesce(l.location_id, h.location_id) AS subject,
       coalesce(h.quantity, 0)::text AS expected, coalesce(l.held, 0)::text AS found, {repair("h")} AS repair
  FROM stock_levels l
  FULL JOIN (SELECT sku, location_id, sum(quantity) AS quantity FROM hold_lines WHERE active
              GROUP BY sku, location_id) h ON h.sku = l.sku AND h.location_id = l.location_id
 WHERE coalesce(l.held, 0) <> coalesce(h.quantity, 0)
 LIMIT 100
"""
_COMMITTED = f"""
SELECT 'sku=' || coalesce(l.sku, a.sku) || ' location=' || coalesce(l.location_id, a.location_id) AS subject,
       coalesce(a.quantity, 0)::text AS expected, coalesce(l.committed, 0)::text AS found, {repair("a")} AS repair
  FROM stock_levels l
  FULL JOIN (SELECT sku, location_id, sum(open) AS quantity FROM allocations WHERE open > 0
              GROUP BY sku, location_id) a ON a.sku = l.sku AND a.location_id = l.location_id
 WHERE coalesce(l.committed, 0) <> coalesce(a.quantity, 0)
 LIMIT 100
"""
_SHORT = f"""
SELECT 'sku=' || coalesce(l.sku, s.sku) || ' location=' || coalesce(l.location_id, s.location_id) AS subject,
       coalesce(l.shortfall, 0)::text AS expected, coalesce(s.quantity, 0)::text AS found, {repair("s")} AS repair
  FROM stock_levels l
  FULL JOIN (SELECT sku, location_id, sum(quantity - settled) AS quantity FROM shortfalls WHERE settled < quantity
              GROUP BY sku, location_id) s ON s.sku = l.sku AND s.location_id = l.location_id
 WHERE coalesce(l.shortfall, 0) <> coalesce(s.quantity, 0)
 LIMIT 100
"""
_ACTIVE = "SELECT count(*) FROM hold_lines WHERE active"
_ENDED = f"""
SELECT DISTINCT 'hold=' || l.hold_id AS subject, 'no active line' AS expected, coalesce(h.state, 'no hold') AS found,
       'omoctl repair hold ' || {word("l.hold_id")} AS repair
  FROM hold_lines l LEFT JOIN holds h ON h.hold_id = l.hold_id
 WHERE l.active AND coalesce(h.state, '') <> 'ACTIVE' LIMIT 100
"""

# orders for which something is still held: one page, for the proof over several services
OPEN = """
SELECT order_id FROM holds WHERE state = 'ACTIVE' AND order_id <> '' AND order_id > $1 ORDER BY order_id LIMIT $2
"""
CHECKS = (
    Check("stock.on_hand_equals_movements", _LEVELS, _ON_HAND),
    Check("stock.held_equals_active_lines", _LEVELS, _HELD),
    Check("stock.committed_equals_allocations", _LEVELS, _COMMITTED),
    Check("stock.shortfalls_explain_what_is_missing", _LEVELS, _SHORT),
    Check("stock.ended_holds_hold_nothing", _ACTIVE, _ENDED),
    *store_endings.CHECKS,
)
