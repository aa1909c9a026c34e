"""Every SQL statement about units that were handed over, or that nobody will hand over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.points.domain import CancelledRun, HandedRun, Refund, ReturnedRun

_HAND_OVER = """
INSERT INTO unit_handovers (order_id, line_no, first_unit, last_unit, handover_time)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::timestamptz[])
    ON CONFLICT (order_id, line_no, first_unit, last_unit) DO NOTHING
"""

_CANCEL = """
INSERT INTO cancelled_units (order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned,
                             business_time)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::timestamptz[])
    ON CONFLICT (order_id, line_no, first_unit) DO NOTHING
RETURNING order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time
"""

_CANCELLED = """
SELECT order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time
  FROM cancelled_units WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, first_unit
"""

_RETURN = """
INSERT INTO returned_units (order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned,
                            business_time, refund_id)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::timestamptz[], $9::text[])
    ON CONFLICT (order_id, line_no, first_unit) DO NOTHING
"""

_RETURNED = """
SELECT order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time, refund_id
  FROM returned_units WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, first_unit
"""

_PUT_RETURN = """
INSERT INTO points_returns (refund_id, order_id, member_id, business_time)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) ON CONFLICT (refund_id) DO NOTHING
"""

# Returns of orders that are known by now, or have ended.
_OPEN_RETURNS = """
SELECT refund_id, order_id, member_id, business_time, settle_time FROM points_returns AS r
 WHERE order_id = ANY($1::uuid[])
   AND (EXISTS (SELECT FROM qualifying_spend AS q WHERE q.member_id = ANY($2::uuid[]) AND q.order_id = r.order_id)
        OR EXISTS (SELECT FROM cancelled_orders AS c WHERE c.order_id = r.order_id))
 ORDER BY business_time, refund_id
"""

_SETTLED = "SELECT refund_id FROM points_returns WHERE order_id = ANY($1::uuid[]) AND settle_time IS NOT NULL"

_SETTLE = "UPDATE points_returns SET settle_time = $2 WHERE refund_id = $1"

_POINTS_BACK = """
SELECT (SELECT coalesce(sum(points_returned), 0) FROM cancelled_units WHERE order_id = $1)
       + (SELECT coalesce(sum(points_returned), 0) FROM returned_units WHERE order_id = $1)
"""

# Lots whose units were all handed over or given up. What was given up alone dates nothing, unless points are left.
_WAITING = """
SELECT l.member_id, l.lot_id, coalesce(max(seen.handover_time), max(seen.cancel_time)) AS moment
  FROM points_lots AS l
 CROSS JOIN LATERAL unnest(l.line_nos, l.line_units) AS line (line_no, units)
  LEFT JOIN LATERAL (
       SELECT range_agg(int8range(first_unit, last_unit, '[]')) AS units, max(handover_time) AS handover_time,
              max(cancel_time) AS cancel_time
         FROM (SELECT first_unit, last_unit, handover_time, NULL::timestamptz AS cancel_time
                 FROM unit_handovers AS h WHERE h.order_id = l.order_id AND h.line_no = line.line_no
                UNION ALL
               SELECT first_unit, last_unit, NULL, business_time
                 FROM cancelled_units AS c WHERE c.order_id = l.order_id AND c.line_no = line.line_no) AS run
       ) AS seen ON true
 WHERE l.order_id = ANY($1::uuid[]) AND l.pending > 0 AND l.activate_time IS NULL
 GROUP BY l.member_id, l.lot_id
HAVING bool_and(coalesce(seen.units @> int8range(0, coalesce(line.units, 1)), false))
"""

_TAKEN = """
UPDATE points_lots AS l SET taken = l.taken + d.taken, spared = l.spared + d.spared
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) AS d (member_id, lot_id, taken, spared)
 WHERE l.member_id = d.member_id AND l.lot_id = d.lot_id
"""

# The rule, said once more: by line, in proportion to what its units had earned on, rounded down over all of them.
_UNTAKEN = """
SELECT format('member=%s lot=%s', l.member_id, l.lot_id) AS subject, rule.due::text AS expected,
       l.taken::text AS found, '' AS repair
  FROM points_lots AS l
  LEFT JOIN cancelled_orders AS o ON o.order_id = l.order_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN o.order_id IS NOT NULL THEN l.points
                   ELSE coalesce(sum(div(line.points * least(gone.base, line.base), line.base)), 0) END AS due
         FROM unnest(l.line_nos, l.line_points, l.line_bases) AS line (line_no, points, base)
        CROSS JOIN LATERAL (
              SELECT greatest(sum(CASE WHEN l.by_unit THEN last_unit - first_unit + 1 ELSE earn_base END), 0) AS base
                FROM (SELECT first_unit, last_unit, earn_base FROM cancelled_units AS c
                       WHERE c.order_id = l.order_id AND c.line_no = line.line_no
                       UNION ALL
                      SELECT first_unit, last_unit, earn_base FROM returned_units AS b
                        JOIN points_returns AS r ON r.refund_id = b.refund_id AND r.settle_time IS NOT NULL
                       WHERE b.order_id = l.order_id AND b.line_no = line.line_no) AS run) AS gone
        WHERE line.base > 0 AND gone.base > 0) AS rule
 WHERE l.order_id IS NOT NULL AND l.taken <> rule.due
 LIMIT 100
"""

# What was taken back is in the journal, but for what the member kept or paid with money.
_UNPOSTED = """
SELECT format('order=%s', l.order_id) AS subject, sum(l.taken - l.spared)::text AS expected,
       min(t.points)::text AS found, '' AS repair
  FROM points_lots AS l
 CROSS JOIN LATERAL (SELECT coalesce(-sum(points), 0) AS points FROM points_transfers AS t
                      WHERE t.order_id = l.order_id AND t.kind = 8) AS t
 WHERE l.order_id IS NOT NULL
 GROUP BY l.order_id HAVING sum(l.taken - l.spared) <> min(t.points)
 LIMIT 100
"""

_UNCOUNTED = """
SELECT format('member=%s order=%s', q.member_id, q.order_id) AS subject, coalesce(u.net, 0)::text AS expected,
       q.taken::text AS found, '' AS repair
  FROM qualifying_spend AS q
 CROSS JOIN LATERAL (SELECT sum(net_total - points_returned * q.point_value) AS net FROM cancelled_units AS c
                      WHERE c.order_id = q.order_id AND NOT c.line_no = ANY(q.left_out)) AS u
 WHERE q.taken <> coalesce(u.net, 0)
 ORDER BY q.member_id, q.order_id LIMIT 100
"""

_UNRETURNED = """
SELECT format('order=%s refund=%s', r.order_id, r.refund_id) AS subject, u.net::text AS expected,
       coalesce(q.amount, 0)::text AS found, '' AS repair
  FROM points_returns AS r
  JOIN qualifying_spend AS own ON own.order_id = r.order_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(net_total - points_returned * own.point_value), 0) AS net
                       FROM returned_units AS b
                      WHERE b.refund_id = r.refund_id AND NOT b.line_no = ANY(own.left_out)) AS u
  LEFT JOIN qualifying_returns AS q ON q.order_id = r.order_id AND q.refund_id = r.refund_id
 WHERE r.settle_time IS NOT NULL AND u.net <> coalesce(q.amount, 0)
 ORDER BY r.refund_id LIMIT 100
"""

CHECKS = (
    Check("points.cancelled_units_are_taken_back", "SELECT count(*) FROM cancelled_units", _UNTAKEN),
    Check("points.taken_equals_transfers", "SELECT count(*) FROM cancelled_units", _UNPOSTED),
    Check("points.cancelled_units_do_not_qualify", "SELECT count(*) FROM qualifying_spend", _UNCOUNTED),
    Check("points.returned_units_do_not_qualify", "SELECT count(*) FROM points_returns", _UNRETURNED),
)


async def hand_over(tx: Tx, runs: Sequence[HandedRun]) -> None:
    """Keeps that units were handed over."""
    rows = [(run.order_id, run.line_no, run.first, run.last, run.moment) for run in runs]
    await tx.execute(_HAND_OVER, *map(list, zip(*rows, strict=True)))


async def cancel(tx: Tx, runs: Sequence[CancelledRun]) -> list[CancelledRun]:
    """Keeps that nobody will hand over units; answers the runs that were not known."""
    rows = sorted(
        (run.order_id, run.line_no, run.first, run.last, run.net, run.earn_base, run.points_returned, run.moment)
        for run in runs
    )
    return [CancelledRun(*row) for row in await tx.fetch(_CANCEL, *map(list, zip(*rows, strict=True)))]


async def cancelled(tx: Tx, order_ids: Sequence[str]) -> list[CancelledRun]:
    """What is known to be given up of these orders."""
    return [CancelledRun(*row) for row in await tx.fetch(_CANCELLED, list(order_ids))]


async def waiting(tx: Tx, order_ids: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """Lots (member, lot) of which no unit is awaited and that have no activation date yet; when the last one left."""
    rows = await tx.fetch(_WAITING, list(order_ids))
    return sorted((row["member_id"], row["lot_id"], row["moment"]) for row in rows)


async def take(tx: Tx, taken: Sequence[tuple[str, str, int, int]]) -> None:
    """Counts points that were taken back from lots (member, lot, points, what of them was spared)."""
    if taken:
        await tx.execute(_TAKEN, *map(list, zip(*sorted(taken), strict=True)))


async def come_back(tx: Tx, runs: Sequence[ReturnedRun], members: Mapping[str, str]) -> None:
    """Keeps that units came back, and that their returns are to be settled with these orders' members."""
    rows = sorted(
        (r.order_id, r.line_no, r.first, r.last, r.net, r.earn_base, r.points_returned, r.moment, r.refund_id)
        for r in runs
    )
    await tx.execute(_RETURN, *map(list, zip(*rows, strict=True)))
    refunds = sorted({(r.refund_id, r.order_id, members[r.order_id], r.moment) for r in runs})
    await tx.execute(_PUT_RETURN, *map(list, zip(*refunds, strict=True)))


async def returned(tx: Tx, order_ids: Sequence[str]) -> list[ReturnedRun]:
    """What is known to have come back of these orders."""
    return [ReturnedRun(*row) for row in await tx.fetch(_RETURNED, list(order_ids))]


async def returns(tx: Tx, order_ids: Sequence[str], member_ids: Sequence[str]) -> list[Refund]:
    """The returns of those of these orders that are known by now, settled or not."""
    rows = await tx.fetch(_OPEN_RETURNS, list(order_ids), list(member_ids))
    return [
        Refund(
            row["refund_id"], row["order_id"], row["member_id"], row["business_time"], row["settle_time"] is not None
        )
        for row in rows
    ]


async def settled(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    """Returns of these orders whose consequences were drawn."""
    return {row["refund_id"] for row in await tx.fetch(_SETTLED, list(order_ids))}


async def settle(tx: Tx, refund_id: str, now: datetime) -> None:
    """Keeps that a return's consequences were drawn."""
    await tx.execute(_SETTLE, refund_id, now)


async def points_back(tx: Tx, order_id: str) -> int:
    """How many points are to be given back for units of an order that were given up or came back."""
    return int(await tx.fetchval(_POINTS_BACK, order_id))
