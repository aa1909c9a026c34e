"""Every SQL statement about units that were handed over, or that nobody will hand over."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.points.domain import CancelledRun, HandedRun

# In the order of their ids, as they are given.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(order_id::text, 10)) FROM unnest($1::uuid[]) AS order_id"

_HAND_OVER = """
INSERT INTO unit_handovers (order_id, line_no, first_unit, last_unit, handover_time)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::timestamptz[])
    ON CONFLICT (order_id, line_no, first_unit, last_unit) DO NOTHING
"""

_CANCEL = """
INSERT INTO cancelled_units (order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned,
                             business_time, measure)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::timestamptz[], $9::bigint[])
    ON CONFLICT (order_id, line_no, first_unit) DO NOTHING
RETURNING order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time, measure
"""

_CANCELLED = """
SELECT order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time, measure
  FROM cancelled_units WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, first_unit
"""

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
                   ELSE coalesce(sum(div(line.points * least(gone.base, whole.base), whole.base)), 0) END AS due
         FROM unnest(l.line_nos, l.line_points, l.line_bases, l.line_measures)
           AS line (line_no, points, base, measure)
        CROSS JOIN LATERAL (
              SELECT CASE WHEN l.by_unit AND line.measure > 0 THEN line.measure ELSE line.base END AS base) AS whole
        CROSS JOIN LATERAL (
              SELECT greatest(sum(CASE WHEN NOT l.by_unit THEN earn_base
                                       WHEN run.measure > 0 THEN run.measure
                                       ELSE (last_unit - first_unit + 1) * greatest(line.measure, 1) END), 0) AS base
                FROM (SELECT first_unit, last_unit, earn_base, measure FROM cancelled_units AS c
                       WHERE c.order_id = l.order_id AND c.line_no = line.line_no
                       UNION ALL
                      SELECT first_unit, last_unit, earn_base, measure FROM returned_units AS b
                       WHERE b.order_id = l.order_id AND b.line_no = line.line_no
                         AND b.settle_time IS NOT NULL) AS run) AS gone
        WHERE whole.base > 0 AND gone.base > 0) AS rule
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

CHECKS = (
    Check("points.cancelled_units_are_taken_back", "SELECT count(*) FROM cancelled_units", _UNTAKEN),
    Check("points.taken_equals_transfers", "SELECT count(*) FROM cancelled_units", _UNPOSTED),
    Check("points.cancelled_units_do_not_qualify", "SELECT count(*) FROM qualifying_spend", _UNCOUNTED),
)


async def lock(tx: Tx, order_ids: Iterable[str]) -> None:
    """Orders that are nobody's: no member is locked while something is heard of them, or while they become one's."""
    if asked := sorted(set(order_ids)):
        await tx.execute(_LOCK, asked)


async def hand_over(tx: Tx, runs: Sequence[HandedRun]) -> None:
    """Keeps that units were handed over."""
    rows = [(run.order_id, run.line_no, run.first, run.last, run.moment) for run in runs]
    await tx.execute(_HAND_OVER, *map(list, zip(*rows, strict=True)))


async def cancel(tx: Tx, runs: Sequence[CancelledRun]) -> list[CancelledRun]:
    """Keeps that nobody will hand over units; answers the runs that were not known."""
    rows = sorted(
        (run.order_id, run.line_no, run.first, run.last, run.net, run.earn_base, run.points_returned, run.moment,
         run.measure)
        for run in runs
    )  # fmt: skip
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


async def points_back(tx: Tx, order_id: str) -> int:
    """How many points are to be given back for units of an order that were given up or came back."""
    return int(await tx.fetchval(_POINTS_BACK, order_id))
