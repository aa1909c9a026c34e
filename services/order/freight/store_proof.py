"""What must be true of what orders pay for bringing goods, as questions whose answers are what is wrong."""

from kit.audit import Check

CHECKS = (
    Check(
        "freight.charges_are_of_their_orders",
        "SELECT count(*) FROM order_freight",
        """
        SELECT 'order=' || fee.order_id AS subject, 'a task of the order that left' AS expected,
               coalesce(task.state, 'no task') AS found, '' AS repair
          FROM order_freight AS fee LEFT JOIN fulfilments AS task USING (fulfilment_id)
         WHERE fee.fulfilment_id IS NOT NULL
           AND (task.order_id IS DISTINCT FROM fee.order_id
                OR task.state NOT IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')) LIMIT 100
        """,
    ),
    Check(
        "freight.released_only_with_all_its_goods",
        "SELECT count(*) FROM order_freight WHERE state = 'RELEASED'",
        """
        SELECT 'order=' || fee.order_id || ' line=' || line.line_no AS subject, line.quantity AS expected,
               coalesce(gone.quantity, 0) AS found, '' AS repair
          FROM order_freight AS fee
          JOIN order_lines AS line ON line.order_id = fee.order_id AND line.line_no = ANY(fee.line_nos)
          LEFT JOIN LATERAL (
               SELECT sum(quantity)::bigint AS quantity FROM cancelled_units AS unit
                WHERE unit.order_id = line.order_id AND unit.line_no = line.line_no) AS gone ON true
         WHERE fee.state = 'RELEASED' AND line.quantity IS DISTINCT FROM gone.quantity LIMIT 100
        """,
    ),
    Check(
        "freight.given_back_with_its_return",
        "SELECT count(*) FROM refunds WHERE delivery <> 0",
        """
        SELECT 'order=' || coalesce(fee.order_id, refunds.order_id) AS subject,
               -coalesce(refunds.delivery, 0) AS expected, coalesce(fee.total, 0) AS found, '' AS repair
          FROM (SELECT * FROM order_freight WHERE state = 'REFUNDED') AS fee
          FULL JOIN (SELECT * FROM refunds WHERE delivery <> 0) AS refunds ON refunds.refund_id = fee.return_id
         WHERE coalesce(fee.total, 0) <> -coalesce(refunds.delivery, 0) LIMIT 100
        """,
    ),
    Check(
        "freight.taken_with_the_first_that_is_sent",
        "SELECT count(*) FROM order_freight WHERE state = 'OWED'",
        """
        SELECT 'order=' || fee.order_id AS subject, 'taken with task ' || task.fulfilment_id AS expected,
               fee.state AS found, '' AS repair
          FROM order_freight AS fee JOIN orders USING (order_id) JOIN fulfilments AS task USING (order_id)
         WHERE fee.state = 'OWED' AND orders.state = 'CONFIRMED'
           AND task.state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
           AND EXISTS (SELECT FROM fulfilment_lines AS part
                        WHERE part.fulfilment_id = task.fulfilment_id AND part.line_no = ANY(fee.line_nos)) LIMIT 100
        """,
    ),
    Check(
        "freight.captured_with_its_task",
        "SELECT count(*) FROM order_freight WHERE fulfilment_id IS NOT NULL",
        # a capture is cut to what is left of what was secured; what value pays stands in the journal too
        """
        SELECT 'order=' || fee.order_id || ' fulfilment=' || fee.fulfilment_id AS subject,
               least(task.amount + fee.total, paid.secured - paid.others) AS expected, paid.own AS found,
               'omoctl call PaymentService.ListPayments' AS repair
          FROM order_freight AS fee JOIN fulfilments AS task USING (fulfilment_id)
          JOIN LATERAL (
               SELECT coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0) AS secured,
                      coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED' AND mine), 0) AS own,
                      coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED' AND NOT mine), 0) AS others
                 FROM (SELECT entry, amount, split_part(key, '#', 1) = fee.fulfilment_id::text AS mine
                         FROM order_tenders AS tender
                        WHERE tender.order_id = fee.order_id
                          AND kind NOT IN ('STORE_CREDIT', 'GIFT_CARD', 'PREPAID')) AS tender) AS paid ON true
         WHERE task.capture = 'CAPTURED' AND paid.own <> least(task.amount + fee.total, paid.secured - paid.others)
         LIMIT 100
        """,
    ),
    Check(
        "freight.goes_back_with_the_last_of_its_goods",
        "SELECT count(*) FROM order_freight WHERE state = 'CHARGED'",
        # by the terms that held when the last of them were given up; who took other goods instead keeps it
        """
        SELECT 'order=' || fee.order_id AS subject, 'REFUNDED, or a timer' AS expected, fee.state AS found, '' AS repair
          FROM order_freight AS fee
          JOIN LATERAL (
               SELECT max(business_time) AS at FROM cancelled_units AS unit
                WHERE unit.order_id = fee.order_id AND unit.line_no = ANY(fee.line_nos)) AS ended
                  ON ended.at IS NOT NULL
         WHERE fee.state = 'CHARGED' AND fee.total > 0
           AND coalesce((SELECT terms ->> 'delivery_back' FROM return_policies
                          WHERE business_time <= ended.at ORDER BY version DESC LIMIT 1), 'WHOLE') = 'WHOLE'
           AND NOT EXISTS (SELECT FROM timers WHERE kind = 'freight.back' AND key = fee.order_id::text)
           AND NOT EXISTS (SELECT FROM order_edits AS edit
                            WHERE edit.order_id = fee.order_id AND edit.added_order_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM returns JOIN return_units AS unit USING (return_id)
                            WHERE returns.order_id = fee.order_id AND unit.line_no = ANY(fee.line_nos)
                              AND returns.state <> 'CANCELLED'
                              AND (returns.exchange_order_id IS NOT NULL OR returns.business_time > ended.at))
           AND NOT EXISTS (
               SELECT FROM order_lines AS line
                WHERE line.order_id = fee.order_id AND line.line_no = ANY(fee.line_nos)
                  AND line.quantity > coalesce((
                          SELECT sum(gone.quantity) FROM cancelled_units AS gone
                           WHERE gone.order_id = line.order_id AND gone.line_no = line.line_no), 0)
                    + coalesce((
                          SELECT sum(back.quantity) FROM return_units AS back JOIN returns USING (return_id)
                           WHERE back.order_id = line.order_id AND back.line_no = line.line_no
                             AND returns.state IN ('RECEIVED', 'INSPECTED', 'CLOSED')), 0)) LIMIT 100
        """,
    ),
)
