"""Offers, and what of them is sold."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout.domain_basket import Preordered
from services.order.preorders.domain import Count, Offer

_HEAD = "offer_id, sku, start_time, end_time, release_time, ship_location_id, ended, version"
# prices depend on offers: whoever holds them in memory reads them again
_BUMP = "UPDATE reference_head SET head = head + 1 WHERE name = 'reference'"
_IN_FORCE = f"SELECT {_HEAD} FROM preorder_offers WHERE NOT replaced ORDER BY sku"
_CAPS = """
SELECT counted.offer_id, scope, cap FROM preorder_counts AS counted JOIN preorder_offers USING (offer_id)
 WHERE NOT replaced AND cap IS NOT NULL ORDER BY counted.offer_id, scope
"""
_LOCK = f"SELECT {_HEAD} FROM preorder_offers WHERE offer_id = $1 FOR UPDATE"
# what was released is a good like all others
_REPLACE = """
UPDATE preorder_offers SET replaced = true WHERE sku = $1 AND offer_id <> $2 AND NOT replaced AND release_time <= $3
"""
_STANDING = "SELECT offer_id FROM preorder_offers WHERE sku = $1 AND offer_id <> $2 AND NOT replaced"
_PUT = """
INSERT INTO preorder_offers (offer_id, sku, start_time, end_time, release_time, ship_location_id, ended, version,
    actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (offer_id) DO UPDATE SET start_time = excluded.start_time, end_time = excluded.end_time,
    release_time = excluded.release_time, ship_location_id = excluded.ship_location_id, ended = excluded.ended,
    version = excluded.version, actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, replaced = false,
    record_time = now()
"""
_PUT_CAPS = """
INSERT INTO preorder_counts AS counted (offer_id, scope, cap)
SELECT $1, scope, cap FROM unnest($2::text[], $3::bigint[]) AS given (scope, cap) ORDER BY scope
ON CONFLICT (offer_id, scope) DO UPDATE SET cap = excluded.cap
"""
_DROP_CAPS = """
UPDATE preorder_counts SET cap = NULL
  FROM (SELECT scope FROM preorder_counts WHERE offer_id = $1 AND cap IS NOT NULL AND NOT scope = ANY($2::text[])
         ORDER BY scope FOR UPDATE) AS old
 WHERE offer_id = $1 AND preorder_counts.scope = old.scope
"""
_COUNTS = "SELECT offer_id, scope, units, cap FROM preorder_counts WHERE offer_id = ANY($1::text[])"
_PAGE = f"""
SELECT {_HEAD} FROM preorder_offers WHERE offer_id > $1 AND ($2 = '' OR sku = $2) ORDER BY offer_id LIMIT $3
"""
_RELEASED = """
SELECT offer_id, sum(quantity)::bigint FROM preorder_lines
 WHERE offer_id = ANY($1::text[]) AND release_time IS NOT NULL GROUP BY offer_id
"""
# A row that is missing from the answer: its cap leaves less. From here to the commit nobody else takes of these.
_TAKE = """
INSERT INTO preorder_counts AS counted (offer_id, scope, units)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS asked (offer_id, scope, units)
ON CONFLICT (offer_id, scope) DO UPDATE SET units = counted.units + excluded.units
 WHERE counted.cap IS NULL OR counted.units + excluded.units <= counted.cap
RETURNING offer_id, scope
"""
_KEEP = """
INSERT INTO preorder_lines (order_id, line_no, offer_id, channel_id, location_id, quantity)
SELECT $1, line_no, offer_id, $2, location_id, quantity
  FROM unnest($3::int[], $4::text[], $5::text[], $6::bigint[]) AS line (line_no, offer_id, location_id, quantity)
"""
# What was reserved for an order that never came goes back; of one that came it is an open question no longer.
_SWEEP = """
WITH old AS (
    SELECT order_id, line_no, EXISTS (SELECT FROM orders WHERE orders.order_id = line.order_id) AS came
      FROM preorder_lines AS line WHERE open AND claim_time < now() - $1::interval
     ORDER BY order_id, line_no LIMIT $2 FOR UPDATE
), closed AS (
    UPDATE preorder_lines AS line SET open = false FROM old
     WHERE line.order_id = old.order_id AND line.line_no = old.line_no AND came
)
SELECT order_id, line_no FROM old WHERE NOT came ORDER BY order_id, line_no
"""
_GIVE_BACK = "SELECT preorders_give_back($1, $2, NULL)"
_FORGET = "DELETE FROM preorder_lines WHERE order_id = $1 AND line_no = $2"
_PIECE = 1_000

CHECKS = (
    Check(
        "preorders.sold_equals_lines",
        "SELECT count(*) FROM preorder_counts",
        """
        WITH lines AS (
            SELECT offer_id, scope, sum(quantity)::bigint AS units
              FROM preorder_lines
             CROSS JOIN LATERAL unnest(ARRAY['', 'c:' || channel_id, 'l:' || location_id]) AS scope
             GROUP BY offer_id, scope
        )
        SELECT 'offer=' || offer_id || ' scope=' || scope AS subject, coalesce(lines.units, 0) AS expected,
               coalesce(counted.units, 0) AS found, '' AS repair
          FROM preorder_counts AS counted FULL JOIN lines USING (offer_id, scope)
         WHERE coalesce(counted.units, 0) <> coalesce(lines.units, 0) LIMIT 100
        """,
    ),
    Check(
        "preorders.units_are_their_orders",
        "SELECT count(*) FROM preorder_lines",
        """
        SELECT 'order=' || held.order_id || ' line=' || held.line_no AS subject,
               CASE orders.state WHEN 'CANCELLED' THEN 0 ELSE line.quantity - gone.quantity END AS expected,
               held.quantity AS found, '' AS repair
          FROM preorder_lines AS held JOIN orders USING (order_id) JOIN order_lines AS line USING (order_id, line_no)
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(unit.quantity), 0) AS quantity FROM cancelled_units AS unit
                WHERE unit.order_id = held.order_id AND unit.line_no = held.line_no) AS gone
         WHERE held.quantity <> CASE orders.state WHEN 'CANCELLED' THEN 0 ELSE line.quantity - gone.quantity END
         LIMIT 100
        """,
    ),
)


async def in_force(tx: Tx) -> dict[str, Offer]:
    """By SKU: all that a price must know of them."""
    offers = await tx.fetch(_IN_FORCE)
    if not offers:
        return {}
    caps: dict[str, dict[str, int]] = {}
    for offer_id, scope, cap in await tx.fetch(_CAPS):
        caps.setdefault(offer_id, {})[scope] = cap
    return {row["sku"]: _offer(row, caps.get(row["offer_id"], {})) for row in offers}


async def lock(tx: Tx, offer_id: str) -> Offer | None:
    """One offer; from here to the commit nobody else writes any."""
    await tx.execute(_BUMP)
    row = await tx.fetchrow(_LOCK, offer_id)
    return _offer(row, _caps((await counts(tx, [offer_id])).get(offer_id, {}))) if row else None


async def put(tx: Tx, given: Offer, actor: Actor, released_by: Any) -> str:
    """Writes an offer; the id of another that its SKU has in force, where that stands in its way."""
    await tx.execute(_REPLACE, given.sku, given.offer_id, released_by)
    if other := await tx.fetchval(_STANDING, given.sku, given.offer_id):
        return str(other)
    times = (given.start_time, given.end_time, given.release_time)
    rest = (given.ship_location_id, given.ended, given.version, actor.kind, actor.id)
    await tx.execute(_PUT, given.offer_id, given.sku, *times, *rest)
    await tx.execute(_PUT_CAPS, given.offer_id, list(given.caps), list(given.caps.values()))
    await tx.execute(_DROP_CAPS, given.offer_id, list(given.caps))
    return ""


async def page(tx: Tx, after: str, sku: str, size: int) -> list[Offer]:
    """Offers in the order of their ids."""
    rows = await tx.fetch(_PAGE, after, sku, size)
    known = await counts(tx, [row["offer_id"] for row in rows])
    return [_offer(row, _caps(known.get(row["offer_id"], {}))) for row in rows]


async def counts(tx: Tx, offer_ids: Sequence[str]) -> dict[str, dict[str, Count]]:
    """What is sold of each, by scope."""
    found: dict[str, dict[str, Count]] = {}
    for offer_id, scope, units, cap in await tx.fetch(_COUNTS, offer_ids):
        found.setdefault(offer_id, {})[scope] = Count(units, cap)
    return found


async def released(tx: Tx, offer_ids: Sequence[str]) -> dict[str, int]:
    """What of each may be handed over by now."""
    return {row[0]: row[1] for row in await tx.fetch(_RELEASED, offer_ids)}


async def take(tx: Tx, asked: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Counts so much more under each offer and scope, which come in key order; gives those whose cap is in the way."""
    offers, scopes = [key[0] for key in asked], [key[1] for key in asked]
    rows = await tx.fetch(_TAKE, offers, scopes, list(asked.values()))
    taken = {(row[0], row[1]) for row in rows}
    return [key for key in asked if key not in taken]


async def keep(tx: Tx, order_id: str, channel_id: str, lines: Sequence[Preordered]) -> None:
    """Notes for which order they were counted."""
    rows = [(line.line_no, line.offer_id, line.location_id, line.quantity) for line in lines]
    await tx.execute(_KEEP, order_id, channel_id, *map(list, zip(*rows, strict=True)))


async def sweep(tx: Tx, older: timedelta) -> None:
    """Gives back what was reserved for orders that never came; what is too much for once is left to the next time."""
    for row in await tx.fetch(_SWEEP, older, _PIECE):
        await tx.execute(_GIVE_BACK, row["order_id"], row["line_no"])
        await tx.execute(_FORGET, row["order_id"], row["line_no"])


def _caps(known: Mapping[str, Count]) -> dict[str, int]:
    return {scope: one.cap for scope, one in sorted(known.items()) if one.cap is not None}


def _offer(row: Any, caps: Mapping[str, int]) -> Offer:
    return Offer(**dict(row), caps=caps)
