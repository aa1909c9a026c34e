"""Every SQL statement about what a store's manager may see."""

from collections.abc import Sequence

from kit.postgres import Tx

_ORDERS_OF = """
SELECT order_id FROM sales WHERE order_id = ANY($1::uuid[]) AND (location_id = ANY($2::text[]) OR fulfilling && $2)
"""

_STAFF_OF = """
SELECT staff_code FROM staff_copies WHERE staff_code = ANY($1::text[]) AND home_location_id = ANY($2::text[])
"""


async def orders_of(tx: Tx, order_ids: Sequence[str], location_ids: Sequence[str]) -> set[str]:
    """Which of these orders these locations sold or fulfil."""
    return {row["order_id"] for row in await tx.fetch(_ORDERS_OF, list(order_ids), list(location_ids))}


async def staff_of(tx: Tx, staff_codes: Sequence[str], location_ids: Sequence[str]) -> set[str]:
    """Which of these staff belong to these locations."""
    return {row["staff_code"] for row in await tx.fetch(_STAFF_OF, list(staff_codes), list(location_ids))}
