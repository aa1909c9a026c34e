"""Every SQL statement about the panorama."""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import attrgetter

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.attribution.panorama.domain import Cell, Delta

_ADD = """
INSERT INTO panorama_days AS p (day, channel_kind, location_id, orders, units, revenue, driven_online_orders,
                                driven_online_revenue)
SELECT * FROM unnest($1::date[], $2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bigint[])
    ON CONFLICT (day, channel_kind, location_id) DO UPDATE
   SET orders = p.orders + excluded.orders, units = p.units + excluded.units, revenue = p.revenue + excluded.revenue,
       driven_online_orders = p.driven_online_orders + excluded.driven_online_orders,
       driven_online_revenue = p.driven_online_revenue + excluded.driven_online_revenue
"""

_WEEKS = """
SELECT date_trunc('week', day)::date AS monday, channel_kind, location_id, sum(orders)::bigint AS orders,
       sum(units)::bigint AS units, sum(revenue)::bigint AS revenue,
       sum(driven_online_orders)::bigint AS driven_online_orders,
       sum(driven_online_revenue)::bigint AS driven_online_revenue
  FROM panorama_days
 WHERE day >= $1 AND day < $2
   AND (cardinality($3::text[]) = 0 OR location_id = ANY($3))
   AND ($4::smallint = 0 OR channel_kind = $4)
 GROUP BY monday, channel_kind, location_id
 ORDER BY monday, channel_kind, location_id
"""

_EXAMINED = "SELECT count(*) FROM panorama_days"

# Per channel kind and store: the sum over days must be the sum over what stands of the sales.
_RECOUNT = """
WITH told AS (
    SELECT channel_kind, location_id, sum(orders) AS orders, sum(units) AS units, sum(revenue) AS revenue
      FROM panorama_days GROUP BY channel_kind, location_id
), sold AS (
    SELECT s.channel_kind, CASE WHEN s.channel_kind = 2 THEN s.location_id ELSE '' END AS location_id,
           count(*) FILTER (WHERE line.stands) AS orders, sum(line.units) AS units, sum(line.revenue) AS revenue
      FROM sales AS s
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(l.units - coalesce(gone.units, 0)), 0) AS units,
                  coalesce(sum(l.net - coalesce(gone.net, 0)), 0) AS revenue,
                  coalesce(bool_or(gone.units IS NULL OR l.units > gone.units), true) AS stands
             FROM (SELECT line_no, CASE WHEN measured THEN 1 ELSE quantity END AS units, net
                     FROM unnest(s.line_nos, s.quantities, s.measured, s.nets)
                          AS sold (line_no, quantity, measured, net)) AS l
            CROSS JOIN LATERAL (SELECT sum(last_unit - first_unit + 1) AS units, sum(net) AS net
                                  FROM cancelled_units AS u
                                 WHERE u.order_id = s.order_id AND u.line_no = l.line_no) AS gone) AS line
     WHERE s.business_time IS NOT NULL AND NOT s.cancelled
     GROUP BY 1, 2
)
SELECT format('channel_kind=%s location=%s', channel_kind, location_id) AS subject,
       format('%s/%s/%s', coalesce(sold.orders, 0), coalesce(sold.units, 0), coalesce(sold.revenue, 0)) AS expected,
       format('%s/%s/%s', coalesce(told.orders, 0), coalesce(told.units, 0), coalesce(told.revenue, 0)) AS found,
       '' AS repair
  FROM told FULL JOIN sold USING (channel_kind, location_id)
 WHERE (coalesce(sold.orders, 0), coalesce(sold.units, 0), coalesce(sold.revenue, 0))
    <> (coalesce(told.orders, 0), coalesce(told.units, 0), coalesce(told.revenue, 0))
 LIMIT 100
"""

CHECKS = (Check("panorama.equals_recount", _EXAMINED, _RECOUNT),)


_sums = attrgetter(*Delta.__slots__)


async def add(tx: Tx, deltas: Mapping[Cell, Delta]) -> None:
    """Adds to the cells, in key order."""
    if not deltas:
        return
    cells = sorted(deltas)
    keys = zip(*((cell.day, cell.channel_kind, cell.location_id) for cell in cells), strict=True)
    sums = zip(*(_sums(deltas[cell]) for cell in cells), strict=True)
    await tx.execute(_ADD, *map(list, keys), *map(list, sums))


async def weeks(tx: Tx, start: date, end: date, location_ids: Sequence[str], channel_kind: int) -> list[asyncpg.Record]:
    """Sums by ISO week, channel kind and store over the days in [start, end)."""
    return list(await tx.fetch(_WEEKS, start, end, list(location_ids), channel_kind))
