"""What of orders waits for its release, and when it was released."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx

_WAITING = """
SELECT DISTINCT order_id FROM fulfilments
 WHERE order_id = ANY($1::uuid[]) AND state = 'ON_HOLD' AND reason = 'PREORDER' ORDER BY order_id
"""
_ACCEPT_UNTIL = "UPDATE fulfilments SET accept_deadline_time = $2 WHERE fulfilment_id = ANY($1::uuid[])"
_RELEASED = """
UPDATE preorder_lines SET release_time = $3
 WHERE order_id = $1 AND line_no = ANY($2::int[]) AND release_time IS NULL
"""


async def waiting(tx: Tx, order_ids: Sequence[str]) -> list[str]:
    """Those of these orders that have a task waiting."""
    return [row[0] for row in await tx.fetch(_WAITING, order_ids)]


async def accept_until(tx: Tx, fulfilment_ids: Sequence[str], until: datetime) -> None:
    """The stores' time begins when the task does."""
    await tx.execute(_ACCEPT_UNTIL, fulfilment_ids, until)


async def released(tx: Tx, order_id: str, line_nos: Sequence[int], at: datetime) -> None:
    """Notes since when lines may be handed over."""
    await tx.execute(_RELEASED, order_id, line_nos, at)
