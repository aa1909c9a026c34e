"""What must be true of returns and refunds, as questions whose answers are what is wrong."""

from kit.audit import Check

CHECKS = (
    Check(
        "returns.refunded_within_paid",
        "SELECT count(DISTINCT (order_id, tender_no)) FROM refund_tenders",
        """
        SELECT 'order=' || refunds.order_id || ' tender=' || refunds.tender_no AS subject,
               'at most ' || paid.amount AS expected, refunds.amount AS found, '' AS repair
          FROM (SELECT order_id, tender_no, sum(amount + kept) AS amount FROM refund_tenders GROUP BY 1, 2) AS refunds
          JOIN LATERAL (
               SELECT greatest(coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0),
                               coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0)) AS amount
                 FROM order_tenders AS t
                WHERE t.order_id = refunds.order_id AND t.tender_no = refunds.tender_no) AS paid ON true
         WHERE refunds.amount > paid.amount LIMIT 100
        """,
    ),
    Check(
        "returns.journal_within_captured",
        "SELECT count(DISTINCT (order_id, tender_no)) FROM order_tenders WHERE entry = 'REFUNDED'",
        """
        SELECT 'order=' || order_id || ' tender=' || tender_no AS subject,
               'at most ' || coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) AS expected,
               sum(amount) FILTER (WHERE entry = 'REFUNDED') AS found, '' AS repair
          FROM order_tenders WHERE order_id IN (SELECT order_id FROM refunds)
         GROUP BY order_id, tender_no
        HAVING sum(amount) FILTER (WHERE entry = 'REFUNDED')
             > coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) LIMIT 100
        """,
    ),
    Check(
        "returns.refunds_are_journalled",
        "SELECT count(*) FROM refund_tenders WHERE state = 'DONE'",
        """
        SELECT 'refund=' || part.refund_id || ' tender=' || part.tender_no AS subject,
               part.amount + part.kept AS expected, coalesce(sum(entry.amount), 0) AS found,
               'omoctl call ReturnService.GetBoard' AS repair
          FROM refund_tenders AS part
          LEFT JOIN order_tenders AS entry ON entry.order_id = part.order_id AND entry.tender_no = part.tender_no
               AND entry.entry = 'REFUNDED' AND split_part(split_part(entry.key, '#', 1), ':', 1) = part.refund_id::text
         WHERE part.state = 'DONE'
         GROUP BY part.refund_id, part.tender_no, part.amount, part.kept
        HAVING coalesce(sum(entry.amount), 0) <> part.amount + part.kept LIMIT 100
        """,
    ),
    Check(
        "returns.units_are_worth_their_refund",
        "SELECT count(*) FROM refunds",
        """
        SELECT 'refund=' || refund_id AS subject, units.amount AS expected,
               refunds.amount + refunds.deducted + parts.kept + refunds.requalified + refunds.restocking
               + refunds.return_shipping + refunds.delivery + greatest(-refunds.excess, 0) AS found,
               'omoctl call ReturnService.GetBoard' AS repair
          FROM refunds JOIN returns ON return_id = refund_id
          JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM return_units
                         WHERE return_id = refund_id) AS units ON true
          JOIN LATERAL (SELECT coalesce(sum(kept), 0) AS kept FROM refund_tenders AS t
                         WHERE t.refund_id = refunds.refund_id) AS parts ON true
         WHERE refunds.amount + refunds.deducted + parts.kept + refunds.requalified + refunds.restocking
               + refunds.return_shipping + refunds.delivery + greatest(-refunds.excess, 0) <> units.amount
           AND NOT 'CAPPED' = ANY(flags) LIMIT 100
        """,
    ),
    Check(
        "returns.units_were_handed_over_once",
        "SELECT count(*) FROM return_units WHERE live",
        """
        SELECT 'order=' || unit.order_id || ' line=' || unit.line_no || ' unit=' || unit.first_unit AS subject,
               'handed over, and in one return' AS expected,
               CASE WHEN twice.return_id IS NOT NULL THEN 'in ' || twice.return_id ELSE 'not handed over' END AS found,
               '' AS repair
          FROM return_units AS unit
          JOIN order_lines AS line USING (order_id, line_no)
          LEFT JOIN return_units AS twice ON twice.order_id = unit.order_id AND twice.line_no = unit.line_no
               AND twice.live AND twice.first_unit < unit.first_unit AND twice.last_unit >= unit.first_unit
         WHERE unit.live
           AND (twice.return_id IS NOT NULL
                OR unit.last_unit >= CASE WHEN line.by_measure THEN 1 ELSE line.quantity END
                OR (line.method <> 'CARRY_OUT' AND NOT EXISTS (
                    SELECT FROM fulfilments AS whole JOIN fulfilment_lines AS part USING (fulfilment_id)
                     WHERE whole.order_id = unit.order_id
                       AND whole.state IN ('HANDED_OVER', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
                       AND part.line_no = unit.line_no AND part.first_unit <= unit.first_unit
                       AND unit.last_unit < part.first_unit
                           + CASE WHEN part.by_measure THEN 1 ELSE part.quantity END))) LIMIT 100
        """,
    ),
    Check(
        "returns.boards_are_whole",
        "SELECT count(*) FROM refunds",
        """
        SELECT 'refund=' || refund_id AS subject, 'stock and commission, complete when nothing is open' AS expected,
               format('%s rows, %s open, complete %s', rows.many, rows.open, complete) AS found,
               'omoctl call ReturnService.RetryReversals' AS repair
          FROM refunds JOIN LATERAL (
               SELECT count(*) AS many,
                      count(*) FILTER (WHERE kind IN ('STOCK', 'COMMISSION')) AS always,
                      count(*) FILTER (WHERE state = 'PENDING' OR (state = 'REFUSED' AND kind = 'PAYMENT')) AS open
                 FROM reversals WHERE reversals.refund_id = refunds.refund_id) AS rows ON true
         WHERE rows.always <> 2 OR complete <> (rows.open = 0) LIMIT 100
        """,
    ),
)
