"""Every SQL statement about occasions: whom a good, a day or a parcel concerns."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.campaigns.domain_pickups import Pickup

_PUT = """
INSERT INTO campaign_fans (fan_id, trigger, sku, params, occasion, cursor, business_time)
VALUES ($1, $2, $3, $4::jsonb, $5, '00000000-0000-0000-0000-000000000000', $6) ON CONFLICT (fan_id) DO NOTHING
RETURNING true
"""
_LOCK = "SELECT * FROM campaign_fans WHERE fan_id = $1 FOR UPDATE"
_STEP = "UPDATE campaign_fans SET cursor = $2 WHERE fan_id = $1"
_END = "DELETE FROM campaign_fans WHERE fan_id = $1"

_WISHERS = """
SELECT member_id FROM wishes WHERE sku = $1 AND NOT removed AND member_id > $2 ORDER BY member_id LIMIT $3
"""
_EXPIRING = """
SELECT member_id, sum(active)::bigint AS points
  FROM points_lots
 WHERE active > 0 AND expire_time >= $3 AND expire_time < $4 AND member_id > $1
 GROUP BY member_id ORDER BY member_id LIMIT $2
"""
# Prices that have just fallen, as profile keeps them from the same events, in the same transaction.
_OFFERS = """
SELECT p.sku, p.amount, p.price_list_id, p.start_time
  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS told (price_list_id, sku, version)
  JOIN sku_prices AS p ON p.sku = told.sku AND p.price_list_id = told.price_list_id AND p.version = told.version
 WHERE p.before_amount > p.amount AND (p.end_time IS NULL OR p.end_time > $4)
 ORDER BY p.sku, p.amount
"""

_PICKUP = """
INSERT INTO campaign_pickups AS p (fulfilment_id, order_id, order_no, location_id, state, version, deadline_time)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::timestamptz[])
 ORDER BY 1
    ON CONFLICT (fulfilment_id) DO UPDATE
   SET state = excluded.state, version = excluded.version, deadline_time = excluded.deadline_time,
       location_id = excluded.location_id
 WHERE p.version < excluded.version
RETURNING fulfilment_id, state, deadline_time
"""
_WAITING = """
SELECT p.order_no, p.location_id, p.state, p.deadline_time, resolve_member(o.member_id) AS member_id
  FROM campaign_pickups AS p LEFT JOIN fact_orders AS o USING (order_id) WHERE p.fulfilment_id = $1
"""


async def put(
    tx: Tx, fan_id: str, trigger: int, sku: str, params: Mapping[str, str], occasion: str, now: datetime
) -> bool:
    """Keeps an occasion; False if it was kept before."""
    return bool(await tx.fetchval(_PUT, fan_id, trigger, sku, json.dumps(dict(params)), occasion, now))


async def lock(tx: Tx, fan_id: str) -> Record | None:
    """An occasion that is not worked off."""
    row: Record | None = await tx.fetchrow(_LOCK, fan_id)
    return row


async def step(tx: Tx, fan_id: str, cursor: str) -> None:
    """Everybody up to this key was told."""
    await tx.execute(_STEP, fan_id, cursor)


async def end(tx: Tx, fan_id: str) -> None:
    """Everybody was told."""
    await tx.execute(_END, fan_id)


async def wishers(tx: Tx, sku: str, after: str, limit: int) -> list[str]:
    """Who wishes for a good."""
    return [row["member_id"] for row in await tx.fetch(_WISHERS, sku, after, limit)]


async def expiring(tx: Tx, after: str, limit: int, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """Whose points end in that time, and how many."""
    return [(row["member_id"], row["points"]) for row in await tx.fetch(_EXPIRING, after, limit, since, until)]


async def offers(tx: Tx, told: Sequence[tuple[str, str, int]], now: datetime) -> list[Record]:
    """Which of these prices (list, SKU, version) are lower than before."""
    return list(await tx.fetch(_OFFERS, *map(list, zip(*told, strict=True)), now)) if told else []


async def put_pickups(tx: Tx, pickups: Sequence[Pickup]) -> list[Record]:
    """Keeps what is newer; answers what is."""
    newest = {one.fulfilment_id: one for one in sorted(pickups, key=lambda one: one.version)}
    rows = [
        (p.fulfilment_id, p.order_id, p.order_no, p.location_id, p.state, p.version, p.deadline_time)
        for p in newest.values()
    ]
    return list(await tx.fetch(_PICKUP, *map(list, zip(*rows, strict=True)))) if rows else []


async def waiting(tx: Tx, fulfilment_id: str) -> Record | None:
    """A parcel, and whose it is as far as we have heard."""
    row: Record | None = await tx.fetchrow(_WAITING, fulfilment_id)
    return row
