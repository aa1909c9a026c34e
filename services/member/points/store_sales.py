"""Every SQL statement about orders as they come in: what was heard of them before, and their count toward tiers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.member.points.domain import Refund
from services.member.program.domain import Program
from services.member.tiers.domain_counting import NOTHING, Sum

# Asked by the order alone: a transfer stays under the id that it was posted under, whoever has the lots by now.
_HEARD = """
SELECT o.order_id, c.order_id IS NOT NULL AS cancelled,
       EXISTS (SELECT FROM unit_handovers AS h WHERE h.order_id = o.order_id) OR u.net IS NOT NULL
       OR EXISTS (SELECT FROM points_returns AS r WHERE r.order_id = o.order_id) AS early,
       coalesce(u.net, 0)::bigint AS given_up, coalesce(u.points, 0)::bigint AS given_points,
       coalesce(t.posted, false) AS posted
  FROM unnest($1::uuid[]) AS o (order_id)
  LEFT JOIN cancelled_orders AS c ON c.order_id = o.order_id
  LEFT JOIN LATERAL (SELECT sum(net_total) AS net, sum(points_returned) AS points
                       FROM cancelled_units WHERE cancelled_units.order_id = o.order_id) AS u ON true
  LEFT JOIN LATERAL (SELECT true AS posted FROM points_transfers AS t WHERE t.order_id = o.order_id AND t.kind = 1
                      LIMIT 1) AS t ON true
"""

_EARNERS = "SELECT order_id, member_id FROM points_transfers WHERE order_id = ANY($1::uuid[]) AND kind = 1"

# Counts orders, and adds up what counts from the window of each member's first new sale on: no less than what counts at
# any moment since, and exactly that where he has but one new sale, his newest. What is counted here and now is not in
# the table yet for this statement. The window: 1 days back, 6 everything, else the calendar's so many months.
_QUALIFY = """
WITH counted AS (
    INSERT INTO qualifying_spend (member_id, order_id, business_time, amount, taken, orders, points, left_out,
                                  point_value)
    SELECT member_id, order_id, business_time, amount, taken, (amount > 0)::int, points, left_out::integer[],
           point_value
      FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $7::bigint[], $8::bigint[], $9::text[],
                  $13::bigint[])
        AS told (member_id, order_id, business_time, amount, taken, points, left_out, point_value)
        ON CONFLICT (member_id, order_id) DO NOTHING
    RETURNING member_id, business_time, amount, orders, points
), fresh AS (
    SELECT member_id, min(business_time) AS oldest FROM counted GROUP BY member_id
), asked AS (
    SELECT m.member_id, begun.oldest, begun.oldest AT TIME ZONE $12 AS here
      FROM unnest($5::uuid[]) AS m (member_id)
      LEFT JOIN fresh USING (member_id)
     CROSS JOIN LATERAL (
           SELECT coalesce(fresh.oldest, (SELECT max(business_time) FROM qualifying_spend AS q
                                           WHERE q.member_id = m.member_id)) AS oldest) AS begun
), windows AS (
    SELECT member_id,
           CASE WHEN $10::int = 1 THEN oldest - make_interval(days => $6) + interval '1 microsecond'
                WHEN $10 = 6 THEN '-infinity'
                ELSE (date_trunc('year', here)
                      + make_interval(months => (extract(month FROM here)::int - 1) / $11::int * $11)) AT TIME ZONE $12
            END AS start
      FROM asked
), spent AS (
    SELECT member_id, q.amount, q.orders, q.points
      FROM windows JOIN qualifying_spend AS q USING (member_id) WHERE q.business_time >= start
     UNION ALL
    SELECT member_id, counted.amount, counted.orders, counted.points
      FROM windows JOIN counted USING (member_id) WHERE counted.business_time >= start
)
SELECT member_id, sum(amount)::bigint AS spend, sum(orders)::bigint AS orders, sum(points)::bigint AS points
  FROM spent GROUP BY member_id
"""

# Takes what came back with a return out of the count, and keeps that it counted until then.
_RETURN = """
WITH back AS (
    UPDATE qualifying_spend AS q
       SET amount = q.amount - $5, points = q.points - $6, orders = CASE WHEN q.amount - $5 > 0 THEN q.orders ELSE 0 END
      FROM (SELECT orders FROM qualifying_spend WHERE member_id = $1 AND order_id = $2) AS had
     WHERE q.member_id = $1 AND q.order_id = $2
    RETURNING q.member_id, q.order_id, had.orders - q.orders AS orders
)
INSERT INTO qualifying_returns (member_id, order_id, refund_id, business_time, amount, orders, points, part)
SELECT member_id, order_id, $3, $4, $5, orders, $6, $7 FROM back
    ON CONFLICT (member_id, order_id, refund_id, part) DO NOTHING
"""

_LEFT_OUT = "SELECT left_out, point_value FROM qualifying_spend WHERE member_id = $1 AND order_id = $2"

_LESS_POINTS = """
UPDATE qualifying_spend AS q SET points = q.points - d.points
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS d (member_id, order_id, points)
 WHERE q.member_id = d.member_id AND q.order_id = d.order_id
"""

# Lines that never counted are not taken out either; an order of which nothing is left is no order.
_TAKE = """
UPDATE qualifying_spend AS q
   SET amount = q.amount - d.net, taken = q.taken + d.net,
       orders = CASE WHEN q.amount - d.net > 0 THEN q.orders ELSE 0 END
  FROM (SELECT member_id, order_id, sum(net - run.points * own.point_value) AS net
          FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[])
            AS run (member_id, order_id, line_no, net, points)
          JOIN qualifying_spend AS own USING (member_id, order_id)
         WHERE NOT run.line_no = ANY(own.left_out)
         GROUP BY member_id, order_id) AS d
 WHERE q.member_id = d.member_id AND q.order_id = d.order_id
"""

_UNQUALIFY = "DELETE FROM qualifying_spend WHERE member_id = $1 AND order_id = $2 RETURNING amount, orders, points"

Spend = Mapping[str, Sum]


@dataclass(frozen=True, slots=True)
class Counting:
    """An order as it is to count: what of it was taken out before, and which lines never count."""

    member_id: str
    order_id: str
    time: datetime
    amount: int
    taken: int
    points: int
    left_out: tuple[int, ...] = ()
    # what each point that was spent on it had paid
    point_value: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an order before."""

    order_id: str
    cancelled: bool
    # whether units of it were handed over or given up
    early: bool
    # net of the units that nobody will hand over, and the points that had paid a part of them
    given_up: int
    given_points: int
    posted: bool


async def earners(tx: Tx, order_ids: Sequence[str]) -> dict[str, str]:
    """Under whose ids these orders earned; without those that did not."""
    return {row["order_id"]: row["member_id"] for row in await tx.fetch(_EARNERS, order_ids)}


async def heard(tx: Tx, order_ids: Sequence[str]) -> dict[str, Heard]:
    """What was heard before of these orders, whose members are locked."""
    rows = await tx.fetch(_HEARD, list(order_ids))
    return {row["order_id"]: Heard(**row) for row in rows}


async def qualify(tx: Tx, rows: Sequence[Counting], member_ids: Iterable[str], program: Program, zone: str) -> Spend:
    """Counts orders toward tiers, once each; gives what counts for these members since their first new one."""
    asked = sorted(set(member_ids))
    if not rows and not asked:
        return {}
    told = [
        (r.member_id, r.order_id, r.time, r.amount, r.taken, r.points, _array(r.left_out), r.point_value) for r in rows
    ]
    columns = [list(column) for column in zip(*told, strict=True)] if told else [[] for _ in range(8)]
    period = program.policy.period
    span = int(period.span or 1)
    head = (*columns[:4], asked, program.qualifying_days, *columns[4:7])
    found = await tx.fetch(_QUALIFY, *head, int(period), span, zone, columns[7])
    return {row["member_id"]: Sum(row["spend"], row["orders"], row["points"]) for row in found}


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


async def take(tx: Tx, runs: Sequence[tuple[str, str, int, int, int]]) -> None:
    """Takes units (member, order, line, net, points) that nobody will hand over out of the count of their order."""
    if runs:
        await tx.execute(_TAKE, *map(list, zip(*runs, strict=True)))


async def unqualify(tx: Tx, member_id: str, order_id: str) -> Sum:
    """Takes an order that will not be fulfilled out of the count; answers what it had counted."""
    row = await tx.fetchrow(_UNQUALIFY, member_id, order_id)
    return Sum(*row) if row else NOTHING


async def give_back(tx: Tx, refund: Refund, back: tuple[int, int]) -> None:
    """Takes what came back (money, points) with a part of a return out of the count; what counted till then is kept."""
    head = (refund.member_id, refund.order_id, refund.refund_id, refund.moment)
    await tx.execute(_RETURN, *head, *back, refund.parts)


async def left_out(tx: Tx, member_id: str, order_id: str) -> tuple[tuple[int, ...], int]:
    """Lines of an order that never counted, and what each point that was spent on it had paid."""
    row = await tx.fetchrow(_LEFT_OUT, member_id, order_id)
    return (tuple(row["left_out"]), row["point_value"]) if row else ((), 0)


async def less_points(tx: Tx, taken: Sequence[tuple[str, str, int]]) -> None:
    """Takes points (member, order, points) out of the count that nobody will hand over."""
    if taken:
        await tx.execute(_LESS_POINTS, *map(list, zip(*sorted(taken), strict=True)))
