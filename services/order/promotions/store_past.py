"""Past orders as a rehearsal of rules replays them."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.order.promotions.domain_past import PastLine, PastOrder

# The newest of a time, cut by the index; what was sold never changes, so no lock and no snapshot is needed.
_PAST = """
WITH past AS (
    SELECT order_id, channel_id, location_id, member_id, business_time, currency, tax_included, rules_version
      FROM orders
     WHERE business_time >= $1 AND business_time < $2 AND state = 'CONFIRMED' AND ($3::text = '' OR channel_id = $3)
     ORDER BY business_time DESC, order_id DESC LIMIT $4
)
SELECT past.order_id, past.channel_id, past.location_id, past.member_id, past.business_time, past.currency,
       past.tax_included, past.rules_version, coalesce(member.tier, '') AS tier, sold.lines
  FROM past
  LEFT JOIN member_tiers AS member ON member.member_id = resolve_member(past.member_id)
 CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(line_no, sku, quantity, by_measure, list_total, discounts) ORDER BY line_no)
              AS lines
         FROM order_lines WHERE order_lines.order_id = past.order_id) AS sold
 ORDER BY past.business_time DESC, past.order_id DESC
"""


_HEAD = tuple(each.name for each in fields(PastOrder) if each.name != "lines")


async def past(tx: Tx, start: datetime, end: datetime, channel_id: str, limit: int) -> list[PastOrder]:
    """The newest confirmed orders and sales of a time, at most so many."""
    rows = await tx.fetch(_PAST, start, end, channel_id, limit)
    return [_order(row) for row in rows]


def _order(row: Any) -> PastOrder:
    head = {name: row[name] for name in _HEAD}
    return PastOrder(lines=_lines(row["lines"]), **head)


def _lines(document: str | None) -> tuple[PastLine, ...]:
    rows: Sequence[Any] = json.loads(document or "[]")
    return tuple(_line(*row) for row in rows)


def _line(
    line_no: int, sku: str, quantity: int, by_measure: bool, list_total: int, discounts: Sequence[Any]
) -> PastLine:
    return PastLine(line_no, sku, quantity, by_measure, list_total, {each[0]: each[3] for each in discounts})
