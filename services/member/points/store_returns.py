"""Every SQL statement about units that came back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.points.domain import Refund, ReturnedRun

_RETURN = """
INSERT INTO returned_units (order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned,
                            business_time, refund_id, measure, location_id)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::timestamptz[], $9::text[], $10::bigint[], $11::text[])
    ON CONFLICT (order_id, line_no, first_unit, refund_id, location_id) DO NOTHING
"""

_RETURNED = """
SELECT order_id, line_no, first_unit, last_unit, net_total, earn_base, points_returned, business_time, refund_id,
       measure, location_id, settle_time IS NOT NULL AS settled
  FROM returned_units WHERE order_id = ANY($1::uuid[]) ORDER BY business_time, order_id, line_no, first_unit
"""

_PUT_RETURN = """
INSERT INTO points_returns (refund_id, order_id, member_id, business_time)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) ON CONFLICT (refund_id) DO NOTHING
"""

# Returns of orders that are known by now, or have ended, of which something is not settled.
_OPEN_RETURNS = """
SELECT refund_id, order_id, member_id, business_time, parts, taken, short, given FROM points_returns AS r
 WHERE order_id = ANY($1::uuid[])
   AND (settle_time IS NULL
        OR 0 < (SELECT count(*) FROM returned_units AS u WHERE u.refund_id = r.refund_id AND u.settle_time IS NULL))
   AND (EXISTS (SELECT FROM qualifying_spend AS q WHERE q.member_id = ANY($2::uuid[]) AND q.order_id = r.order_id)
        OR EXISTS (SELECT FROM cancelled_orders AS c WHERE c.order_id = r.order_id))
 ORDER BY business_time, refund_id
"""

_SETTLE = """
WITH units AS (UPDATE returned_units SET settle_time = $2 WHERE refund_id = $1 AND settle_time IS NULL)
UPDATE points_returns SET settle_time = $2, parts = $3, taken = $4, short = $5, given = $6 WHERE refund_id = $1
"""

_UNRETURNED = """
SELECT format('order=%s refund=%s', r.order_id, r.refund_id) AS subject, u.net::text AS expected,
       coalesce(q.amount, 0)::text AS found, '' AS repair
  FROM points_returns AS r
  JOIN qualifying_spend AS own ON own.order_id = r.order_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(net_total - points_returned * own.point_value), 0) AS net
                       FROM returned_units AS b
                      WHERE b.refund_id = r.refund_id AND b.settle_time IS NOT NULL
                        AND NOT b.line_no = ANY(own.left_out)) AS u
 CROSS JOIN LATERAL (SELECT sum(amount) AS amount FROM qualifying_returns AS q
                      WHERE q.member_id = own.member_id AND q.order_id = r.order_id AND q.refund_id = r.refund_id) AS q
 WHERE r.settle_time IS NOT NULL AND u.net <> coalesce(q.amount, 0)
 ORDER BY r.refund_id LIMIT 100
"""

CHECKS = (Check("points.returned_units_do_not_qualify", "SELECT count(*) FROM points_returns", _UNRETURNED),)


async def come_back(tx: Tx, runs: Sequence[ReturnedRun]) -> None:
    """Keeps that units came back."""
    rows = sorted(
        (r.order_id, r.line_no, r.first, r.last, r.net, r.earn_base, r.points_returned, r.moment, r.refund_id,
         r.measure, r.location_id)
        for r in runs
    )  # fmt: skip
    if rows:
        await tx.execute(_RETURN, *map(list, zip(*rows, strict=True)))


async def put(tx: Tx, runs: Sequence[ReturnedRun], members: Mapping[str, str]) -> None:
    """Keeps that the returns of these units are to be settled with these orders' members."""
    refunds = {run.refund_id: (run.refund_id, run.order_id, members[run.order_id], run.moment) for run in runs}
    await tx.execute(_PUT_RETURN, *map(list, zip(*sorted(refunds.values()), strict=True)))


async def returned(tx: Tx, order_ids: Sequence[str]) -> list[ReturnedRun]:
    """What is known to have come back of these orders."""
    return [ReturnedRun(*row) for row in await tx.fetch(_RETURNED, list(order_ids))]


async def returns(tx: Tx, order_ids: Sequence[str], member_ids: Sequence[str]) -> list[Refund]:
    """The returns of those of these orders that are known by now, as far as something of them is open."""
    return [Refund(*row) for row in await tx.fetch(_OPEN_RETURNS, list(order_ids), list(member_ids))]


async def settle(tx: Tx, refund: Refund, now: datetime) -> None:
    """Keeps that the consequences of all that is known of a return were drawn, and what they are so far."""
    await tx.execute(_SETTLE, refund.refund_id, now, refund.parts, refund.taken, refund.short, refund.given)
