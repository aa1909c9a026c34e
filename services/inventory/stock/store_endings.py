"""Units that nobody will hand over: who said so, and how many of a line they are."""

from collections.abc import Iterable, Sequence

from kit.audit import Check, word
from kit.postgres import Tx
from services.inventory.stock.domain_allocations import Ended, Ends

_TELL = """
INSERT INTO ended_units AS e (order_id, line_no, sku, first_unit, quantity, units)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS told (order_id, line_no, sku, first_unit)
 ORDER BY order_id, line_no, sku, first_unit
ON CONFLICT (order_id, line_no, sku, first_unit) DO UPDATE SET quantity = excluded.quantity, units = excluded.units
 WHERE e.quantity < excluded.quantity
"""
_ENDED = """
SELECT order_id, line_no, sku,
       greatest(sum(quantity) FILTER (WHERE first_unit >= 0), max(quantity) FILTER (WHERE first_unit < 0))::bigint
           AS quantity,
       greatest(sum(units) FILTER (WHERE first_unit >= 0), max(units) FILTER (WHERE first_unit < 0))::bigint AS units
  FROM ended_units WHERE order_id = ANY($1::text[]) GROUP BY order_id, line_no, sku
"""
_COUNT = "SELECT count(*) FROM ended_units"
# As many units of a line are open as were neither handed over nor ended.
_OPEN = f"""
SELECT 'order=' || e.order_id || ' line=' || e.line_no || ' sku=' || e.sku AS subject,
       greatest(0, a.quantity - a.handed_over - e.quantity)::text AS expected, a.open::text AS found,
       'omoctl repair units ' || {word("e.order_id")} AS repair
  FROM (SELECT order_id, line_no, sku,
               greatest(sum(quantity) FILTER (WHERE first_unit >= 0),
                        max(quantity) FILTER (WHERE first_unit < 0)) AS quantity
          FROM ended_units GROUP BY order_id, line_no, sku) e
  JOIN (SELECT order_id, line_no, sku, sum(coalesce(quantity, 0)) AS quantity, sum(handed_over) AS handed_over,
               sum(open) AS open
          FROM allocations WHERE NOT cancelled GROUP BY order_id, line_no, sku) a
    ON (a.order_id, a.line_no, a.sku) = (e.order_id, e.line_no, e.sku)
 WHERE a.open > greatest(0, a.quantity - a.handed_over - e.quantity)
 LIMIT 100
"""
# What an order that was given up still waits for is what a place was told to send.
_WAITING = "SELECT count(*) FROM sourcing_orders WHERE state = 'GIVEN_UP'"
_GIVEN_UP = f"""
SELECT 'order=' || a.order_id || ' line=' || a.line_no || ' sku=' || a.sku AS subject,
       'nothing without a place' AS expected, a.open || ' at ' || a.location_id AS found,
       'omoctl repair units ' || {word("a.order_id")} AS repair
  FROM sourcing_orders o JOIN allocations a ON a.order_id = o.order_id
 WHERE o.state = 'GIVEN_UP' AND a.open > 0 AND (a.movable > 0 OR a.location_id = 'UNKNOWN')
 LIMIT 100
"""

CHECKS = (
    Check("stock.ended_units_are_free", _COUNT, _OPEN),
    Check("sourcing.given_up_units_are_free", _WAITING, _GIVEN_UP),
)


async def tell(tx: Tx, given: Iterable[tuple[str, Ended]]) -> None:
    """Keeps what ended; the same units end once."""
    # of what is told twice in one batch, the greater
    once = {(order_id, e.line_no, e.sku, e.first): e for order_id, e in sorted(given, key=lambda one: one[1].quantity)}
    rows = sorted((*key, e.quantity, e.units) for key, e in once.items())
    if rows:
        await tx.execute(_TELL, *map(list, zip(*rows, strict=True)))


async def ended(tx: Tx, order_ids: Sequence[str]) -> dict[str, Ends]:
    """By order: what ended of each good of each line, in units of the good and of the line."""
    found: dict[str, Ends] = {}
    for row in await tx.fetch(_ENDED, sorted(set(order_ids))) if order_ids else ():
        found.setdefault(row["order_id"], {})[row["line_no"], row["sku"]] = (row["quantity"], row["units"])
    return found
