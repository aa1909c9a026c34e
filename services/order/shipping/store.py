"""Pick lists, and the tasks that wait for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.order.fulfilment import store_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.store_reads import COLUMNS

# as everybody locks many: by order, then place
_LOCK = f"""
SELECT {COLUMNS} FROM fulfilments WHERE fulfilment_id = ANY($1::uuid[])
 ORDER BY order_id, location_id, method, decision_id, part_no FOR UPDATE
"""
_BY_IDS = f"SELECT {COLUMNS} FROM fulfilments WHERE fulfilment_id = ANY($1::uuid[]) ORDER BY version"
# both conditions on states: the first is the index, the second the question
_WAITING = """
SELECT fulfilment_id FROM fulfilments
 WHERE location_id = $1 AND state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
   AND state IN ('PLACED', 'ACCEPTED') AND method = 'SHIP' ORDER BY version LIMIT $2
"""
# what else waits at a place for goods that it has not
_FELLOWS = """
SELECT DISTINCT whole.order_id
  FROM fulfilments AS whole JOIN fulfilment_lines AS part USING (fulfilment_id)
 WHERE location_id = $1 AND state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
   AND state IN ('PLACED', 'ACCEPTED') AND method = 'SHIP' AND part.sku = ANY($2::text[])
 ORDER BY whole.order_id LIMIT $3
"""
_SENDER = "SELECT name FROM locations WHERE location_id = $1"
_INSERT = """
INSERT INTO pick_lists (pick_list_id, location_id, picker_staff_code, fulfilment_ids, actor_kind, actor_id,
    business_time) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_FIND = "SELECT pick_list_id, location_id, picker_staff_code, fulfilment_ids FROM pick_lists WHERE pick_list_id = $1"


async def lock(tx: Tx, fulfilment_ids: Sequence[str]) -> list[Fulfilment]:
    """Tasks, locked as everybody locks many."""
    return [store_reads.fulfilment(row) for row in await tx.fetch(_LOCK, fulfilment_ids)]


async def by_ids(tx: Tx, fulfilment_ids: Sequence[str]) -> list[Fulfilment]:
    return [store_reads.fulfilment(row) for row in await tx.fetch(_BY_IDS, fulfilment_ids)]


async def waiting(tx: Tx, location_id: str, size: int) -> list[str]:
    """What waits longest to be sent from a place."""
    return [row["fulfilment_id"] for row in await tx.fetch(_WAITING, location_id, size)]


async def fellows(tx: Tx, location_id: str, skus: Sequence[str], size: int) -> list[str]:
    """Orders that wait at a place for these goods."""
    return [row["order_id"] for row in await tx.fetch(_FELLOWS, location_id, skus, size)]


async def sender(tx: Tx, location_id: str) -> str:
    """Where a parcel comes from, as people know it."""
    return f"{await tx.fetchval(_SENDER, location_id) or ''} {location_id}".strip()


async def insert(
    tx: Tx, pick_list_id: str, location_id: str, picker: str, fulfilment_ids: Sequence[str], at: datetime, actor: Actor
) -> None:
    await tx.execute(_INSERT, pick_list_id, location_id, picker, fulfilment_ids, actor.kind, actor.id, at)


async def find(tx: Tx, pick_list_id: str) -> Any:
    """The list's row, or None."""
    return await tx.fetchrow(_FIND, pick_list_id)
