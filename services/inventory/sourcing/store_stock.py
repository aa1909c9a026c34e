"""What levels have left, and the places of allocations, behind locks that somebody else took."""

from collections.abc import Sequence

from kit.postgres import Tx

_AVAILABLE = """
SELECT sku, location_id, available FROM stock_levels WHERE sku = ANY($1::text[]) AND available > 0
 ORDER BY sku, location_id
"""
_MOVE = """
UPDATE allocations AS a SET location_id = m.location_id
  FROM unnest($1::text[], $2::int[], $3::text[]) AS m (order_id, line_no, location_id)
 WHERE a.order_id = m.order_id AND a.line_no = m.line_no
"""


async def available(tx: Tx, skus: Sequence[str]) -> list[tuple[str, str, int]]:
    """SKU, place and what may still be promised there."""
    return [tuple(row) for row in await tx.fetch(_AVAILABLE, list(skus))]


async def move(tx: Tx, given: Sequence[tuple[str, int, str]]) -> None:
    """Gives order lines another place; who books the levels has locked both."""
    if given:
        await tx.execute(_MOVE, *map(list, zip(*given, strict=True)))
