"""Every SQL statement about visits at a counter."""

from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.counter.domain import Visit

_TOTALS = """returned_total, dropped_total, sale_total, exchanged_total, charged_total, refunded_total,
       released_total"""
_COLUMNS = f"""visit_id, location_id, currency, business_time, staff_code, return_id, returned_order_id, fulfilment_id,
       collected_order_id, sale_id, {_TOTALS}"""
_INSERT = f"""
INSERT INTO counter_visits ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""
_FIND = f"SELECT {_COLUMNS} FROM counter_visits WHERE visit_id = $1"

CHECKS = (
    Check(
        "counter.sales_are_paid_by_what_came_back",
        "SELECT count(*) FROM counter_visits WHERE sale_id IS NOT NULL",
        """
        SELECT 'visit=' || visit_id AS subject, format('%s of %s', exchanged_total, sale_total) AS expected,
               format('%s of %s', coalesce(paid.exchanged, 0), coalesce(sale.grand_total, -1)) AS found, '' AS repair
          FROM counter_visits LEFT JOIN orders AS sale ON sale.order_id = sale_id
          LEFT JOIN LATERAL (
               SELECT sum(amount) AS exchanged FROM order_tenders
                WHERE order_tenders.order_id = sale_id AND kind = 'RETURN' AND entry = 'CAPTURED') AS paid ON true
         WHERE sale_id IS NOT NULL
           AND (exchanged_total, sale_total) IS DISTINCT FROM (coalesce(paid.exchanged, 0), sale.grand_total) LIMIT 100
        """,
    ),
    Check(
        "counter.what_pays_for_other_goods_was_given_back_for_that",
        "SELECT count(*) FROM counter_visits WHERE exchanged_total > 0",
        """
        SELECT 'visit=' || visit_id AS subject, exchanged_total AS expected, coalesce(kept.amount, 0) AS found,
               '' AS repair
          FROM counter_visits LEFT JOIN LATERAL (
               SELECT sum(amount) AS amount FROM order_tenders
                WHERE order_id IN (returned_order_id, collected_order_id) AND entry = 'REFUNDED' AND code = 'EXCHANGED'
                  AND split_part(key, ':', 1) IN (return_id::text, visit_id::text)) AS kept ON true
         WHERE exchanged_total > 0 AND exchanged_total <> coalesce(kept.amount, 0) LIMIT 100
        """,
    ),
)


async def insert(tx: Tx, given: Visit, actor: Actor) -> None:
    """Keeps a visit's document."""
    await tx.execute(_INSERT, *_values(given), actor.kind, actor.id, actor.terminal_id)


async def find(tx: Tx, visit_id: str) -> Visit | None:
    row = await tx.fetchrow(_FIND, visit_id)
    return Visit(**dict(row)) if row else None


def _values(given: Visit) -> tuple[Any, ...]:
    return tuple(getattr(given, name) for name in Visit.__slots__)
