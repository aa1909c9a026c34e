"""Every SQL statement by which sales come in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kit.postgres import Tx
from services.attribution.credit.domain_sales import Line, Sale

# A cancellation that came first left a row without a business time: the sale fills it in and is credited nothing.
# Lines say by number which sale is theirs.
_INSERT_SALES = """
WITH lines AS (
    SELECT number, array_agg(line_no ORDER BY place) AS line_nos, array_agg(sku ORDER BY place) AS skus,
           array_agg(quantity ORDER BY place) AS quantities, array_agg(by_measure ORDER BY place) AS measured,
           array_agg(net ORDER BY place) AS nets, array_agg(seller ORDER BY place) AS sellers,
           array_agg(fulfilling ORDER BY place) AS fulfilling
      FROM unnest($8::bigint[], $9::int[], $10::text[], $11::bigint[], $12::boolean[], $13::bigint[], $14::text[],
                  $15::text[])
           WITH ORDINALITY AS line (number, line_no, sku, quantity, by_measure, net, seller, fulfilling, place)
     GROUP BY number
)
INSERT INTO sales (order_id, member_id, named_id, channel_kind, location_id, business_time, currency_code,
                   staff_link_token, line_nos, skus, quantities, measured, nets, sellers, fulfilling)
SELECT order_id, member_id, named_id, channel_kind, location_id, business_time, currency_code, staff_link_token,
       coalesce(line_nos, '{}'), coalesce(skus, '{}'), coalesce(quantities, '{}'), coalesce(measured, '{}'),
       coalesce(nets, '{}'), coalesce(sellers, '{}'), coalesce(fulfilling, '{}')
  FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[],
              $16::uuid[])
       WITH ORDINALITY AS head (order_id, member_id, channel_kind, location_id, business_time, currency_code,
                                staff_link_token, named_id, number)
  LEFT JOIN lines USING (number)
 ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE
   SET member_id = excluded.member_id, named_id = excluded.named_id,
       channel_kind = excluded.channel_kind, location_id = excluded.location_id,
       business_time = excluded.business_time, currency_code = excluded.currency_code,
       staff_link_token = excluded.staff_link_token, line_nos = excluded.line_nos, skus = excluded.skus,
       quantities = excluded.quantities, measured = excluded.measured, nets = excluded.nets,
       sellers = excluded.sellers, fulfilling = excluded.fulfilling
 WHERE sales.business_time IS NULL
RETURNING order_id, cancelled
"""

_NEWS = """
SELECT asked.order_id, coalesce(t.member_id, asked.member_id) AS named_id,
       coalesce(a.member_id, t.member_id, asked.member_id) AS member_id
  FROM unnest($1::uuid[], $2::uuid[]) AS asked (order_id, member_id)
  LEFT JOIN assigned_sales AS t ON t.order_id = asked.order_id
  LEFT JOIN member_aliases AS a ON a.alias_id = coalesce(t.member_id, asked.member_id)
  LEFT JOIN sales AS s ON s.order_id = asked.order_id
 WHERE s.business_time IS NULL
"""

# Only what is nobody's; under the id that was told, as a sale that comes in.
_CLAIM = """
UPDATE sales AS s
   SET member_id = coalesce(a.member_id, asked.member_id),
       named_id = CASE WHEN a.member_id IS NOT NULL THEN asked.member_id END
  FROM unnest($1::uuid[], $2::uuid[]) AS asked (order_id, member_id)
  LEFT JOIN member_aliases AS a ON a.alias_id = asked.member_id
 WHERE s.order_id = asked.order_id AND s.member_id IS NULL AND s.business_time IS NOT NULL
RETURNING s.member_id
"""


async def claim(tx: Tx, claimed: Mapping[str, str]) -> list[str]:
    """Makes sales members' (order -> member); answers whose became new ones."""
    if not claimed:
        return []
    return sorted({row["member_id"] for row in await tx.fetch(_CLAIM, list(claimed), list(claimed.values()))})


async def insert(tx: Tx, sales: Sequence[Sale]) -> list[Sale]:
    """Keeps the sales that are new, with whom their member's id means; answers those of them that stand."""
    by_id = {sale.order_id: sale for sale in sales}
    rows = await tx.fetch(_NEWS, list(by_id), [sale.member_id for sale in by_id.values()])
    if not rows:
        return []
    new = [_of(by_id[row["order_id"]], row["member_id"], row["named_id"]) for row in rows]
    heads = [_head(sale) for sale in new]
    lines = [(number, *_line(line)) for number, sale in enumerate(new, 1) for line in sale.lines]
    columns = [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _ in range(8)]
    # what was given up meanwhile is seen only behind the row's lock
    named = [sale.named_id for sale in new]
    kept = await tx.fetch(_INSERT_SALES, *map(list, zip(*heads, strict=True)), *columns, named)
    standing = {row["order_id"] for row in kept if not row["cancelled"]}
    return [sale for sale in new if sale.order_id in standing]


def _of(sale: Sale, member_id: str | None, named_id: str | None) -> Sale:
    if sale.member_id == member_id == named_id:
        return sale
    return replace(sale, member_id=member_id, named_id=named_id if named_id != member_id else None)


def _head(sale: Sale) -> tuple[Any, ...]:
    whose = (sale.order_id, sale.member_id, sale.channel_kind, sale.location_id)
    return (*whose, sale.business_time, sale.currency_code, sale.staff_link_token)


def _line(line: Line) -> tuple[Any, ...]:
    sold = (line.line_no, line.sku, line.quantity, line.by_measure, line.net)
    return (*sold, line.seller, line.fulfilling_location_id)
