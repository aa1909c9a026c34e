"""Every SQL statement about orders as they come in: what was heard of them before, and their count toward tiers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

# Asked by the order alone: a transfer stays under the id that it was posted under, whoever has the lots by now.
_HEARD = """
SELECT o.order_id, c.order_id IS NOT NULL AS cancelled,
       EXISTS (SELECT FROM unit_handovers AS h WHERE h.order_id = o.order_id) OR u.net IS NOT NULL AS early,
       coalesce(u.net, 0)::bigint AS given_up,
       EXISTS (SELECT FROM points_transfers AS t WHERE t.order_id = o.order_id AND t.kind = 1) AS posted
  FROM unnest($1::uuid[]) AS o (order_id)
  LEFT JOIN cancelled_orders AS c ON c.order_id = o.order_id
  LEFT JOIN LATERAL (SELECT sum(net_total) AS net FROM cancelled_units WHERE cancelled_units.order_id = o.order_id)
       AS u ON true
"""

# Counts orders, and adds up what counts in the days up to each member's newest sale: then the answer does not depend
# on the order in which sales arrive. What is counted here and now is not in the table yet for this statement.
_QUALIFY = """
WITH counted AS (
    INSERT INTO qualifying_spend (member_id, order_id, business_time, amount, taken)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $7::bigint[])
        ON CONFLICT (member_id, order_id) DO NOTHING
    RETURNING member_id, business_time, amount
), fresh AS (
    SELECT member_id, max(business_time) AS newest FROM counted GROUP BY member_id
), asked AS (
    SELECT m.member_id, greatest(fresh.newest, (SELECT max(business_time) FROM qualifying_spend AS q
                                                 WHERE q.member_id = m.member_id)) AS newest
      FROM unnest($5::uuid[]) AS m (member_id) LEFT JOIN fresh USING (member_id)
), spent AS (
    SELECT asked.member_id, newest, q.amount
      FROM asked JOIN qualifying_spend AS q
        ON q.member_id = asked.member_id AND q.business_time > newest - make_interval(days => $6)
     UNION ALL
    SELECT asked.member_id, newest, counted.amount
      FROM asked JOIN counted
        ON counted.member_id = asked.member_id AND counted.business_time > newest - make_interval(days => $6)
)
SELECT member_id, sum(amount)::bigint AS spend, max(newest) AS newest FROM spent GROUP BY member_id
"""

# The most that counted at any sale's moment, and when that was.
_PEAK = """
SELECT DISTINCT ON (member_id) member_id, spend, business_time
  FROM (SELECT member_id, business_time,
               (sum(amount) OVER (PARTITION BY member_id ORDER BY business_time
                                  RANGE BETWEEN make_interval(days => $2) PRECEDING AND CURRENT ROW))::bigint AS spend
          FROM qualifying_spend WHERE member_id = ANY($1::uuid[])) AS moments
 ORDER BY member_id, spend DESC, business_time
"""

_TAKE = """
UPDATE qualifying_spend AS q SET amount = q.amount - d.net, taken = q.taken + d.net
  FROM (SELECT member_id, order_id, sum(net) AS net
          FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS run (member_id, order_id, net)
         GROUP BY member_id, order_id) AS d
 WHERE q.member_id = d.member_id AND q.order_id = d.order_id
"""

_UNQUALIFY = "DELETE FROM qualifying_spend WHERE member_id = $1 AND order_id = $2 RETURNING amount"

Spend = Mapping[str, tuple[int, datetime]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an order before."""

    order_id: str
    cancelled: bool
    # whether units of it were handed over or given up
    early: bool
    # net of the units that nobody will hand over
    given_up: int
    posted: bool


async def heard(tx: Tx, order_ids: Sequence[str]) -> dict[str, Heard]:
    """What was heard before of these orders, whose members are locked."""
    rows = await tx.fetch(_HEARD, list(order_ids))
    return {row["order_id"]: Heard(**row) for row in rows}


async def qualify(
    tx: Tx, rows: Sequence[tuple[str, str, datetime, int, int]], member_ids: Iterable[str], days: int
) -> Spend:
    """Counts orders (member, order, time, amount, what is taken out) toward tiers, once each.

    Gives what these members have spent: the sum of the days up to the newest sale, and when that was.
    """
    asked = sorted(set(member_ids))
    if not rows and not asked:
        return {}
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    found = await tx.fetch(_QUALIFY, *columns[:4], asked, days, columns[4])
    return {row["member_id"]: (row["spend"], row["newest"]) for row in found}


async def spend(tx: Tx, member_ids: Iterable[str], days: int) -> Spend:
    """Qualifying spend of each member in the days up to his newest sale, and when that was."""
    return await qualify(tx, (), member_ids, days)


async def peak(tx: Tx, member_ids: Sequence[str], days: int) -> Spend:
    """The most that each member has spent in so many days, and when that was."""
    rows = await tx.fetch(_PEAK, list(member_ids), days)
    return {row["member_id"]: (row["spend"], row["business_time"]) for row in rows}


async def take(tx: Tx, runs: Sequence[tuple[str, str, int]]) -> None:
    """Takes units (member, order, net) that nobody will hand over out of the count, if their order is in it."""
    if runs:
        await tx.execute(_TAKE, *map(list, zip(*runs, strict=True)))


async def unqualify(tx: Tx, member_id: str, order_id: str) -> int:
    """Takes an order that will not be fulfilled out of the count; answers what it had counted."""
    return await tx.fetchval(_UNQUALIFY, member_id, order_id) or 0
