"""Which units of orders came back, as their passports say it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kit.postgres import Tx
from services.order.returns.domain import Returned

_OF_ORDERS = """
SELECT unit.order_id, line_no, first_unit, last_unit, unit.return_id, back.state, location_id, business_time,
       disposition, coalesce(refunds.state, '') AS refund_state
  FROM return_units AS unit
  JOIN returns AS back USING (return_id)
  LEFT JOIN refunds ON refund_id = unit.return_id
 WHERE unit.order_id = ANY($1::uuid[]) AND live ORDER BY unit.order_id, line_no, first_unit
"""


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> Mapping[str, Sequence[Returned]]:
    """By order, the units that came back or are about to."""
    found: dict[str, list[Returned]] = defaultdict(list)
    for order_id, *row in await tx.fetch(_OF_ORDERS, list(order_ids)):
        found[order_id].append(Returned(*row))
    return found
