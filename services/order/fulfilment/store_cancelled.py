"""Keeps the units that nobody will hand over, each once, and proves what follows from them."""

from collections import defaultdict
from collections.abc import Sequence

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout import domain_reasons
from services.order.fulfilment.domain_cancelled import Cancelled

_ADD = """
INSERT INTO cancelled_units (order_id, line_no, first_unit, last_unit, quantity, net_total, earn_base, points_returned,
    reason, business_time, actor_kind, actor_id, actor_terminal_id)
SELECT $1, unit.*, $11, $12, $13
  FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
              $9::text[], $10::timestamptz[]) AS unit
"""
_OF_ORDERS = """
SELECT order_id, line_no, first_unit, last_unit, quantity, net_total, earn_base, points_returned, reason, business_time,
       actor_kind, actor_id, actor_terminal_id
  FROM cancelled_units WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, first_unit
"""

CHECKS = (
    Check(
        "fulfilment.cancelled_units_are_nobodys",
        "SELECT count(*) FROM cancelled_units",
        """
        SELECT 'order=' || gone.order_id || ' line=' || gone.line_no || ' unit=' || gone.first_unit AS subject,
               'nobody has it' AS expected, 'fulfilment ' || whole.fulfilment_id AS found, '' AS repair
          FROM cancelled_units AS gone JOIN fulfilments AS whole USING (order_id)
          JOIN fulfilment_lines AS part USING (fulfilment_id, line_no)
         WHERE whole.state NOT IN ('REJECTED', 'CANCELLED') AND part.first_unit <= gone.last_unit
           AND gone.first_unit < part.first_unit + CASE WHEN part.by_measure THEN 1 ELSE part.quantity END LIMIT 100
        """,
    ),
    Check(
        "fulfilment.nothing_is_kept_for_cancelled_units",
        "SELECT count(DISTINCT order_id) FROM cancelled_units",
        """
        SELECT 'order=' || orders.order_id AS subject, 'let go, or a timer' AS expected,
               'secured ' || money.rest AS found, 'omoctl call PaymentService.ListPayments' AS repair
          FROM (SELECT DISTINCT order_id FROM cancelled_units) AS gone JOIN orders USING (order_id)
          JOIN LATERAL (
               SELECT coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0)
                    - coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) AS rest,
                      bool_or(entry = 'VOIDED') AS voided
                 FROM order_tenders WHERE order_tenders.order_id = orders.order_id) AS money ON true
         WHERE orders.state = 'CONFIRMED' AND money.rest > 0 AND NOT money.voided
           AND NOT EXISTS (SELECT FROM timers WHERE key = orders.order_id::text AND kind = 'payment.let_go')
           AND NOT EXISTS (
               SELECT FROM order_lines AS line
                WHERE line.order_id = orders.order_id AND line.method <> 'CARRY_OUT'
                  AND line.quantity > coalesce((
                      SELECT sum(unit.quantity) FROM cancelled_units AS unit
                       WHERE unit.order_id = line.order_id AND unit.line_no = line.line_no), 0)
                    + coalesce((
                      SELECT sum(part.quantity)
                        FROM fulfilments AS whole JOIN fulfilment_lines AS part USING (fulfilment_id)
                       WHERE whole.order_id = line.order_id AND part.line_no = line.line_no
                         AND whole.state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
                         AND whole.capture = 'CAPTURED'), 0)) LIMIT 100
        """,
    ),
)


async def add(tx: Tx, order_id: str, given: Sequence[Cancelled], actor: Actor) -> None:
    """Keeps them, with who did it, where and why.

    The caller has locked the order and seen that they were not cancelled before.
    """
    rows = [
        (one.line_no, one.first, one.last, one.quantity, one.net_total, one.earn_base, one.points_returned,
         domain_reasons.kept(one.reason), one.at)
        for one in given
    ]  # fmt: skip
    columns = map(list, zip(*rows, strict=True))
    await tx.execute(_ADD, order_id, *columns, actor.kind, actor.id, actor.terminal_id)


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[Cancelled]]:
    """By order; one that has none is left out."""
    found: defaultdict[str, list[Cancelled]] = defaultdict(list)
    for order_id, *row in await tx.fetch(_OF_ORDERS, order_ids):
        found[order_id].append(Cancelled(*row))
    return dict(found)


async def of_order(tx: Tx, order_id: str) -> list[Cancelled]:
    """An order's."""
    return (await of_orders(tx, [order_id])).get(order_id, [])
