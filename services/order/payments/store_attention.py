"""Who did what about work that gave up; and which orders such work is about."""

import re
from collections.abc import Sequence

from kit.postgres import Tx
from services.order.payments.domain_interventions import Intervention, Verb

_ADD = """
INSERT INTO interventions (intervention_id, kind, key, verb, reason, last_error, business_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_COLUMNS = "intervention_id, kind, key, verb, reason, last_error, business_time, actor_kind, actor_id"
_PAGE = f"""
SELECT {_COLUMNS} FROM interventions
 WHERE intervention_id < $1 AND ($2 = '' OR kind = $2) ORDER BY intervention_id DESC LIMIT $3
"""
_OF_KEY = f"""
SELECT {_COLUMNS} FROM interventions
 WHERE key = $4 AND intervention_id < $1 AND ($2 = '' OR kind = $2) ORDER BY intervention_id DESC LIMIT $3
"""
# work is keyed by an order, by a part of one, or by a refund
_ORDERS_OF = """
SELECT order_id, order_id FROM orders WHERE order_id = ANY($1::uuid[])
 UNION ALL SELECT fulfilment_id, order_id FROM fulfilments WHERE fulfilment_id = ANY($1::uuid[])
 UNION ALL SELECT refund_id, order_id FROM refunds WHERE refund_id = ANY($1::uuid[])
"""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def add(tx: Tx, one: Intervention) -> None:
    """In the transaction of what was done."""
    what = (one.intervention_id, one.kind, one.key, one.verb, one.reason, one.last_error, one.business_time)
    await tx.execute(_ADD, *what, one.actor_kind, one.actor_id)


async def page(tx: Tx, before: str, kind: str, key: str, size: int) -> list[Intervention]:
    """Newest first; of a kind, of a key, or all."""
    rows = await (tx.fetch(_OF_KEY, before, kind, size, key) if key else tx.fetch(_PAGE, before, kind, size))
    return [Intervention(**dict(row) | {"verb": Verb(row["verb"])}) for row in rows]


async def orders_of(tx: Tx, keys: Sequence[str]) -> dict[str, str]:
    """By key, the order that the work is about."""
    ids = [key for key in keys if _UUID.fullmatch(key)]
    return {row[0]: row[1] for row in await tx.fetch(_ORDERS_OF, ids)} if ids else {}
