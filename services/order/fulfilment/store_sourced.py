"""How far orders' sourcing is, and what happened to them on their way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.fulfilment.domain_sourced import Assigned, Happened, Leftover, News, Refused, Standing, Told

_LOCK = "SELECT order_id FROM checkouts WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE"
_LOCK_SOLD = "SELECT FROM orders WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE"
_VERSIONS = """
SELECT order_id, max(version) AS version
  FROM (SELECT order_id, version FROM order_sourcing WHERE order_id = ANY($1::uuid[])
         UNION ALL
        SELECT order_id, version - 1 FROM sourcing_answers WHERE order_id = ANY($1::uuid[])) AS known
 GROUP BY order_id
"""
_ANSWERED = """
INSERT INTO sourcing_answers AS a (order_id, version) VALUES ($1, $2)
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version WHERE a.version < excluded.version
"""
_HEARD = "SELECT version, assigned FROM order_sourcing WHERE order_id = $1"
_PUT = """
INSERT INTO order_sourcing AS o (order_id, version, state, queue, auto_cancel_time, leftovers, update_time,
    assigned)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::jsonb)
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, state = excluded.state, queue = excluded.queue,
    auto_cancel_time = excluded.auto_cancel_time, leftovers = excluded.leftovers, update_time = excluded.update_time,
    assigned = excluded.assigned
 WHERE o.version < excluded.version
"""
# the last word, if it is that a store cannot; each of its lines is an entry of the same event
_REFUSED = """
SELECT array_agg(news.line_no) AS line_nos, max(news.reason) AS reason
  FROM order_sourcing AS last
  JOIN order_news AS news USING (order_id)
 WHERE last.order_id = $1 AND last.state = 'PICKUP_REJECTED' AND last.update_time >= $3
   AND news.kind = 'PICKUP_REJECTED' AND news.location_id = $2
   AND news.event_id = (SELECT event_id FROM order_news WHERE order_id = $1 AND kind = 'PICKUP_REJECTED'
                         ORDER BY business_time DESC, record_time DESC LIMIT 1)
HAVING count(*) > 0
"""
_TELL = """
INSERT INTO order_news (order_id, event_id, number, kind, business_time, line_no, quantity, location_id, reason,
    promise_time)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[], $6::int[], $7::bigint[],
                     $8::text[], $9::text[], $10::timestamptz[])
ON CONFLICT DO NOTHING
"""
_WAYS = """
SELECT asked.order_id, state, news.items
  FROM unnest($1::uuid[]) AS asked (order_id)
  LEFT JOIN order_sourcing USING (order_id)
  LEFT JOIN LATERAL (
       SELECT json_agg(json_build_array(kind, business_time, line_no, quantity, location_id, reason, promise_time)
                  ORDER BY business_time, record_time, event_id, number) AS items
         FROM order_news WHERE order_news.order_id = asked.order_id) AS news ON true
 WHERE state IS NOT NULL OR news.items IS NOT NULL
"""

CHECKS = (
    Check(
        "fulfilment.sourced_orders_have_tasks",
        "SELECT count(*) FROM order_sourcing WHERE state IN ('SOURCED', 'GIVEN_UP')",
        # a rejection of which inventory has not heard yet leaves a gap until its next word; what is collected and was
        # sent for is followed as what is shipped, until its store rejects it: then its shopper may be asked
        """
        SELECT 'order=' || orders.order_id || ' line=' || line.line_no AS subject,
               line.quantity - gone.quantity AS expected, coalesce(task.quantity, 0) AS found,
               'omoctl republish inventory' AS repair
          FROM order_sourcing JOIN orders USING (order_id) JOIN order_lines AS line USING (order_id)
          LEFT JOIN LATERAL (
               SELECT sum(part.quantity) FILTER (WHERE whole.state NOT IN ('REJECTED', 'CANCELLED')) AS quantity,
                      bool_or(whole.state = 'REJECTED' AND (whole.update_time > order_sourcing.update_time
                          OR line.method = 'COLLECT' AND whole.method = 'COLLECT')) AS rejected,
                      bool_or(whole.method = 'SHIP') AS sent
                 FROM fulfilments AS whole JOIN fulfilment_lines AS part USING (fulfilment_id)
                WHERE whole.order_id = orders.order_id AND part.line_no = line.line_no) AS task ON true
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(unit.quantity), 0) AS quantity FROM cancelled_units AS unit
                WHERE unit.order_id = orders.order_id AND unit.line_no = line.line_no) AS gone
         WHERE order_sourcing.state IN ('SOURCED', 'GIVEN_UP') AND orders.state = 'CONFIRMED'
           AND (line.method = 'SHIP' OR task.sent)
           AND NOT coalesce(task.rejected, false) AND line.quantity - gone.quantity <> coalesce(task.quantity, 0)
         LIMIT 100
        """,
    ),
)

_encode = msgspec.json.Encoder().encode
_assigned = msgspec.json.Decoder(list[tuple[int, str, int, str]]).decode
_decode = msgspec.json.Decoder(list[tuple[Happened, datetime, int, int, str, str, datetime | None]]).decode


async def lock(tx: Tx, order_ids: Sequence[str]) -> None:
    """The orders, as every change of them does first."""
    found = await tx.fetch(_LOCK, order_ids)
    if rest := sorted(set(order_ids) - {row[0] for row in found}):  # stores' sales had no checkout
        await tx.execute(_LOCK_SOLD, rest)


async def versions(tx: Tx, order_ids: Sequence[str]) -> dict[str, int]:
    """What was said last of each."""
    return {row["order_id"]: row["version"] for row in await tx.fetch(_VERSIONS, order_ids)}


async def put(tx: Tx, told: Told, at: datetime) -> None:
    """Keeps what was said, unless something newer stands."""
    await tx.execute(
        _PUT,
        told.order_id,
        told.version,
        told.standing,
        told.queue,
        told.auto_cancel_time,
        _encode([_row(each) for each in told.left]).decode(),
        at,
        _encode([(one.line_no, one.location_id, one.quantity, one.decision_id) for one in told.assigned]).decode(),
    )


async def answered(tx: Tx, order_id: str, version: int) -> None:
    """An answer is carried out: words before it say less than is done."""
    await tx.execute(_ANSWERED, order_id, version)


async def assigned(tx: Tx, order_id: str, since: int) -> list[Assigned] | None:
    """Who sends what, where a later word than this was heard."""
    row = await tx.fetchrow(_HEARD, order_id)
    if row is None or row["version"] <= since or row["assigned"] is None:
        return None
    return [Assigned(*one) for one in _assigned(row["assigned"])]


async def refused(tx: Tx, order_id: str, location_id: str, since: datetime) -> Refused | None:
    """What the store cannot, where that is the last word, and was heard since then."""
    row = await tx.fetchrow(_REFUSED, order_id, location_id, since)
    return Refused(location_id, tuple(row["line_nos"]), row["reason"]) if row else None


async def tell(tx: Tx, given: Sequence[News]) -> None:
    """Adds to timelines; what an event told before is not told again."""
    rows = [
        (each.order_id, each.event_id, each.number, each.kind, each.business_time, each.line_no, each.quantity,
         each.location_id, each.reason, each.promise_time)
        for each in given
    ]  # fmt: skip
    if rows:
        await tx.execute(_TELL, *map(list, zip(*rows, strict=True)))


async def ways(tx: Tx, order_ids: Sequence[str]) -> dict[str, tuple[Standing | None, list[News]]]:
    """How far each order's sourcing is, and its timeline, oldest first; what nothing was heard of is left out."""
    found: dict[str, tuple[Standing | None, list[News]]] = {}
    for row in await tx.fetch(_WAYS, order_ids):
        key, rows = row["order_id"], _decode(row["items"] or "[]")
        timeline = [News(key, "", number, *each) for number, each in enumerate(rows)]
        found[key] = (Standing(row["state"]) if row["state"] else None, timeline)
    return found


def _row(given: Leftover) -> tuple[Any, ...]:
    return given.line_no, given.sku, given.quantity, given.reason
