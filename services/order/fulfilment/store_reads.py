"""Reads fulfilments with their lines, and proves them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout.domain import Method
from services.order.fulfilment import store_parcels
from services.order.fulfilment.domain import Fulfilment, FulfilmentLine
from services.order.fulfilment.domain_states import Capture, State

COLUMNS = """
fulfilment_id, order_id, order_no, resolve_member(member_id) AS member_id, method, location_id, state, version, amount,
accept_deadline_time AS accept_deadline, update_time, pickup_deadline_time AS pickup_deadline, held_state, reason, late,
contact_id, masked_name, picker_staff_code, handed_over_by_staff_code AS handed_over_by, handed_over_time,
handover_event_id, capture, pin_hash, pin_sealed, pin_tries, decision_id, part_no,
CASE WHEN method = 'SHIP' THEN (
     SELECT to_location_id FROM pickup_legs AS leg WHERE leg.fulfilment_id = fulfilments.fulfilment_id) END
     AS to_location_id,
ready_deadline_time AS ready_deadline, ship_deadline_time AS ship_deadline,
(SELECT json_agg(json_build_array(line_no, sku, name, quantity, by_measure, first_unit) ORDER BY line_no, first_unit)
   FROM fulfilment_lines AS line WHERE line.fulfilment_id = fulfilments.fulfilment_id) AS lines,
CASE WHEN ship_deadline_time IS NOT NULL THEN (
     SELECT json_agg(json_build_array(
                json_build_array(parcel_id, number, carrier, service, state), units,
                json_build_array(weight_grams, tracking_no, tracking_url, refusal, booking, told, told_time))
                ORDER BY number)
       FROM parcels AS parcel WHERE parcel.fulfilment_id = fulfilments.fulfilment_id) END AS parcels
"""
_FIND = f"SELECT {COLUMNS} FROM fulfilments WHERE fulfilment_id = $1"
_OF_ORDERS = f"""
SELECT {COLUMNS} FROM fulfilments WHERE order_id = ANY($1::uuid[])
 ORDER BY order_id, location_id, method, decision_id, part_no
"""
# The head is read first and in a statement of its own: what it counts is committed, so a task that is not in the
# answer has a higher number.
_HEAD = "SELECT version FROM fulfilment_heads WHERE location_id = $1"
_OPEN_TASKS = f"""
SELECT {COLUMNS} FROM fulfilments
 WHERE location_id = $1 AND state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
 ORDER BY version LIMIT $2
"""
_TASKS_AFTER = f"""
SELECT {COLUMNS} FROM fulfilments WHERE location_id = $1 AND version > $3 ORDER BY version LIMIT $2
"""

CHECKS = (
    *store_parcels.CHECKS,
    Check(
        "fulfilment.handovers_are_told",
        "SELECT count(*) FROM fulfilments WHERE state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')",
        # the outbox keeps a week
        """
        SELECT 'fulfilment=' || fulfilment_id AS subject, 'its UnitsHandedOver' AS expected, 'none' AS found,
               '' AS repair
          FROM fulfilments
         WHERE state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
           AND (handover_event_id IS NULL OR handed_over_time IS NULL
                OR (NOT EXISTS (SELECT FROM outbox WHERE outbox.event_id = handover_event_id)
                    AND EXISTS (SELECT FROM fulfilment_steps AS step
                                 WHERE step.fulfilment_id = fulfilments.fulfilment_id
                                   AND to_state IN ('HANDED_OVER', 'SHIPPED')
                                   AND step.record_time > now() - interval '6 days'))) LIMIT 100
        """,
    ),
    Check(
        "fulfilment.units_are_served_once",
        "SELECT count(*) FROM order_lines WHERE method <> 'CARRY_OUT'",
        # each unit by one task at most; where the order named the place, by exactly one unless that rejected it, or
        # lost the line to a rejection
        """
        SELECT 'order=' || orders.order_id || ' line=' || line.line_no AS subject, line.quantity AS expected,
               coalesce(task.quantity, 0) AS found, '' AS repair
          FROM orders JOIN order_lines AS line USING (order_id)
          LEFT JOIN LATERAL (
               SELECT sum(part.quantity) FILTER (WHERE whole.state NOT IN ('REJECTED', 'CANCELLED')) AS quantity,
                      bool_or(whole.state IN ('REJECTED', 'CANCELLED')) AS ended,
                      bool_or(twin.line_no IS NOT NULL) AS twice
                 FROM fulfilments AS whole JOIN fulfilment_lines AS part USING (fulfilment_id)
                 LEFT JOIN LATERAL (
                      SELECT other.line_no
                        FROM fulfilments AS rival JOIN fulfilment_lines AS other USING (fulfilment_id)
                       WHERE rival.order_id = whole.order_id AND other.line_no = part.line_no
                         AND (rival.fulfilment_id, other.first_unit) <> (whole.fulfilment_id, part.first_unit)
                         AND rival.state NOT IN ('REJECTED', 'CANCELLED') AND NOT part.by_measure
                         AND other.first_unit < part.first_unit + part.quantity
                         AND part.first_unit < other.first_unit + other.quantity LIMIT 1) AS twin
                   ON whole.state NOT IN ('REJECTED', 'CANCELLED')
                WHERE whole.order_id = orders.order_id AND part.line_no = line.line_no) AS task ON true
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(unit.quantity), 0) AS quantity FROM cancelled_units AS unit
                WHERE unit.order_id = orders.order_id AND unit.line_no = line.line_no) AS gone
         WHERE orders.channel_kind = 'ONLINE' AND orders.state = 'CONFIRMED' AND line.method <> 'CARRY_OUT'
           AND (coalesce(task.quantity, 0) > line.quantity - gone.quantity OR task.twice
                OR (line.fulfilment_location_id <> '' AND NOT coalesce(task.ended, false)
                    AND line.quantity - gone.quantity <> coalesce(task.quantity, 0)
                    AND NOT EXISTS (SELECT FROM order_news AS told
                                     WHERE told.order_id = orders.order_id AND told.line_no = line.line_no
                                       AND told.kind = 'REJECTED'))) LIMIT 100
        """,
    ),
    Check(
        "fulfilment.amounts_are_their_units",
        "SELECT count(*) FROM fulfilments",
        """
        SELECT 'fulfilment=' || whole.fulfilment_id AS subject, due.amount AS expected, whole.amount AS found,
               '' AS repair
          FROM fulfilments AS whole JOIN orders USING (order_id)
          JOIN LATERAL (
               SELECT sum((least(run.last, part.first_unit
                                           + CASE WHEN part.by_measure THEN 0 ELSE part.quantity - 1 END)
                           - greatest(run.first, part.first_unit) + 1)
                          * ((item ->> 2)::bigint - (item ->> 4)::bigint
                             + CASE WHEN tax_included THEN 0 ELSE (item ->> 3)::bigint END)) AS amount
                 FROM fulfilment_lines AS part
                 JOIN order_lines AS line ON line.order_id = whole.order_id AND line.line_no = part.line_no
                CROSS JOIN LATERAL (
                      SELECT item, (item ->> 0)::bigint AS last,
                             1 + coalesce(lag((item ->> 0)::bigint) OVER (ORDER BY number), -1) AS first
                        FROM jsonb_array_elements(line.units) WITH ORDINALITY AS each (item, number)) AS run
                WHERE part.fulfilment_id = whole.fulfilment_id AND run.last >= part.first_unit
                  AND run.first < part.first_unit + CASE WHEN part.by_measure THEN 1 ELSE part.quantity END) AS task
            ON true
         CROSS JOIN LATERAL (
               -- of a store's sale the till has the money; what was left behind may pay for other goods of that visit
               SELECT CASE WHEN orders.channel_kind = 'STORE' THEN 0 ELSE task.amount + coalesce(sum(kept.amount), 0)
                      END AS amount
                 FROM counter_visits JOIN order_tenders AS kept
                   ON kept.order_id = collected_order_id AND kept.key = visit_id || ':kept'
                WHERE counter_visits.fulfilment_id = whole.fulfilment_id) AS due
         WHERE whole.amount IS DISTINCT FROM due.amount LIMIT 100
        """,
    ),
    Check(
        "fulfilment.captures_are_pursued",
        """
        SELECT count(*) FROM fulfilments
         WHERE state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED') AND amount > 0
        """,
        """
        SELECT 'fulfilment=' || fulfilment_id AS subject, 'captured, or a timer' AS expected, capture AS found,
               'omoctl call PaymentService.ListPayments' AS repair
          FROM fulfilments
         WHERE state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
           AND (amount > 0 OR EXISTS (SELECT FROM order_freight AS fee
                    WHERE fee.order_id = fulfilments.order_id AND fee.fulfilment_id = fulfilments.fulfilment_id
                      AND fee.total > 0))
           AND CASE capture
               WHEN 'CAPTURED' THEN amount > 0 AND NOT EXISTS (SELECT FROM order_tenders AS tender
                    WHERE tender.order_id = fulfilments.order_id AND entry = 'CAPTURED'
                      AND split_part(key, '#', 1) = fulfilment_id::text)
               ELSE NOT EXISTS (SELECT FROM timers
                    WHERE timers.key = fulfilment_id::text AND kind = 'fulfilment.capture') END LIMIT 100
        """,
    ),
    Check(
        "fulfilment.ends_with_its_order",
        "SELECT count(*) FROM fulfilments JOIN orders USING (order_id) WHERE orders.state = 'CANCELLED'",
        """
        SELECT 'fulfilment=' || fulfilment_id AS subject, 'CANCELLED or REJECTED' AS expected,
               fulfilments.state AS found, '' AS repair
          FROM fulfilments JOIN orders USING (order_id)
         WHERE orders.state = 'CANCELLED' AND fulfilments.state NOT IN ('CANCELLED', 'REJECTED') LIMIT 100
        """,
    ),
    Check(
        "fulfilment.steps_end_where_it_stands",
        "SELECT count(*) FROM fulfilments",
        """
        SELECT 'fulfilment=' || fulfilment_id AS subject, fulfilments.state AS expected,
               coalesce(step.to_state, 'no step') AS found, '' AS repair
          FROM fulfilments LEFT JOIN fulfilment_steps AS step USING (fulfilment_id, version)
         WHERE step.to_state IS DISTINCT FROM fulfilments.state LIMIT 100
        """,
    ),
)

_decode = msgspec.json.Decoder(list[tuple[int, str, str, int, bool, int]]).decode


async def find(tx: Tx, fulfilment_id: str) -> Fulfilment | None:
    row = await tx.fetchrow(_FIND, fulfilment_id)
    return fulfilment(row) if row else None


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> list[Fulfilment]:
    """The fulfilments of these orders."""
    return [fulfilment(row) for row in await tx.fetch(_OF_ORDERS, order_ids)]


async def tasks(tx: Tx, location_id: str, after_version: int, size: int) -> tuple[list[Fulfilment], int]:
    """The next changed tasks of a location (from 0: all that are open), and the version to go on from."""
    head = int(await tx.fetchval(_HEAD, location_id) or 0)
    if after_version:
        rows = await tx.fetch(_TASKS_AFTER, location_id, size, after_version)
    else:
        rows = await tx.fetch(_OPEN_TASKS, location_id, size)
    found = [fulfilment(row) for row in rows]
    last = found[-1].version if found else 0
    return found, last if len(found) == size else max(last, head, after_version)


def fulfilment(row: Any) -> Fulfilment:
    """The fulfilment of a row of COLUMNS."""
    values = dict(row)
    lines = tuple(FulfilmentLine(*line) for line in _decode(values.pop("lines") or "[]"))
    values["parcels"] = store_parcels.parcels(row["parcels"])
    values["to_location_id"] = row["to_location_id"] or ""
    values["asking"] = frozenset(row.get("asking") or ())
    kinds = {"method": Method(row["method"]), "state": State(row["state"]), "capture": Capture(row["capture"])}
    return Fulfilment(**values | kinds, lines=lines)
