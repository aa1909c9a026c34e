"""Every SQL statement about units that nobody will hand over, or that came back."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.attribution.credit.domain_sales import Run

# Takes the order's row, so that its sale and its units are never decided at the same time; without a sale, its place.
_TOUCH = """
INSERT INTO sales AS s (order_id, channel_kind, location_id, currency_code, staff_link_token, line_nos, skus,
                        quantities, measured, nets, sellers, fulfilling)
VALUES ($1, 0, '', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}')
    ON CONFLICT (order_id) DO UPDATE SET cancelled = s.cancelled
RETURNING s.business_time IS NOT NULL AND NOT s.cancelled AS standing
"""

_INSERT = """
INSERT INTO cancelled_units (order_id, line_no, first_unit, last_unit, net, refund_id)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[])
    ON CONFLICT (order_id, line_no, first_unit) DO NOTHING
RETURNING order_id, line_no, first_unit, last_unit, net, refund_id
"""

_OF_ORDERS = """
SELECT order_id, line_no, first_unit, last_unit, net, refund_id
  FROM cancelled_units WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, first_unit
"""


async def touch(tx: Tx, order_id: str) -> bool:
    """Locks an order; True if it is a sale that stands."""
    return bool(await tx.fetchval(_TOUCH, order_id))


async def insert(tx: Tx, runs: Sequence[Run]) -> list[Run]:
    """Keeps runs; answers those that were not known."""
    ordered = sorted(runs, key=lambda run: (run.order_id, run.line_no, run.first))
    rows = [(run.order_id, run.line_no, run.first, run.last, run.net, run.refund_id) for run in ordered]
    found = await tx.fetch(_INSERT, *map(list, zip(*rows, strict=True)))
    return sorted((Run(*row) for row in found), key=lambda run: (run.line_no, run.first))


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[Run]]:
    """What is known to be given up of these orders."""
    found: dict[str, list[Run]] = {}
    for row in await tx.fetch(_OF_ORDERS, list(order_ids)):
        found.setdefault(row["order_id"], []).append(Run(*row))
    return found
