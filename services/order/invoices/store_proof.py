"""What must be true of invoices and their numbers, as questions whose answers are what is wrong."""

from kit.audit import Check

_UNITS = """
          CROSS JOIN LATERAL (
               SELECT (line ->> 0)::int AS line_no, (line ->> 1)::bigint AS first, (line ->> 2)::bigint AS last,
                      (line ->> 7)::bigint AS amount
                 FROM jsonb_array_elements(doc.lines) AS line) AS unit
"""

CHECKS = (
    Check(
        "invoices.numbers_have_no_holes",
        "SELECT count(*) FROM invoice_blocks WHERE terminal_id = ''",
        """
        SELECT 'block=' || block_id AS subject, next_number - first_number AS expected,
               drawn.many AS found, 'omoctl call InvoiceService.ReportNumbers' AS repair
          FROM invoice_blocks AS block JOIN LATERAL (
               SELECT count(*) AS many FROM invoices WHERE invoices.block_id = block.block_id) AS drawn ON true
         WHERE terminal_id = '' AND drawn.many <> next_number - first_number LIMIT 100
        """,
    ),
    Check(
        "invoices.numbers_are_of_their_block",
        "SELECT count(*) FROM invoices",
        """
        SELECT 'invoice=' || number AS subject, coalesce(track || ' ' || first_number || '-' || last_number, 'a block')
               AS expected, number || ' of ' || invoices.period AS found, '' AS repair
          FROM invoices LEFT JOIN invoice_blocks AS block USING (block_id)
         WHERE block.block_id IS NULL OR block.period <> invoices.period OR substr(number, 1, 2) <> track
            OR substr(number, 3)::int NOT BETWEEN first_number AND least(last_number, next_number - 1)
            OR block.terminal_id <> invoices.terminal_id LIMIT 100
        """,
    ),
    Check(
        "invoices.totals_equal_their_lines",
        "SELECT count(*) FROM invoices",
        f"""
        SELECT 'invoice=' || doc.number AS subject, doc.total AS expected, sum(unit.amount) AS found, '' AS repair
          FROM invoices AS doc {_UNITS}
         GROUP BY doc.invoice_id, doc.number, doc.total HAVING sum(unit.amount) <> doc.total LIMIT 100
        """,
    ),
    Check(
        "invoices.spoiled_numbers_are_on_none",
        "SELECT count(*) FROM invoice_spoiled",
        """
        SELECT 'number=' || number || ' of ' || period AS subject, 'on no invoice' AS expected, order_id AS found,
               '' AS repair
          FROM invoice_spoiled JOIN invoices USING (period, number) LIMIT 100
        """,
    ),
    Check(
        "invoices.points_are_on_none",
        "SELECT count(DISTINCT order_id) FROM order_tenders WHERE kind = 'POINTS'",
        """
        SELECT 'order=' || spent.order_id AS subject, 'at most ' || sold.worth - spent.points AS expected,
               stated.total AS found, 'omoctl call InvoiceService.RetryInvoices' AS repair
          FROM (SELECT order_id, sum(CASE entry WHEN 'CAPTURED' THEN amount WHEN 'REFUNDED' THEN -amount ELSE 0 END)
                       AS points FROM order_tenders WHERE kind = 'POINTS' GROUP BY order_id) AS spent
          JOIN LATERAL (
               SELECT sum(greatest(line.net_total + CASE WHEN tax_included THEN 0 ELSE line.tax_total END, 0)) AS worth
                 FROM order_lines AS line JOIN orders USING (order_id)
                WHERE line.order_id = spent.order_id) AS sold ON true
          JOIN LATERAL (
               SELECT sum(total) AS total FROM invoices
                WHERE invoices.order_id = spent.order_id AND state = 'ISSUED') AS stated ON true
         WHERE stated.total > greatest(sold.worth - greatest(spent.points, 0), 0) LIMIT 100
        """,
    ),
    Check(
        "invoices.allowances_stay_within",
        "SELECT count(DISTINCT invoice_id) FROM invoice_allowances",
        """
        SELECT 'invoice=' || number AS subject, 'at most ' || total || ', none once voided' AS expected,
               less.amount AS found, '' AS repair
          FROM invoices JOIN LATERAL (
               SELECT sum(amount) AS amount FROM invoice_allowances AS a
                WHERE a.invoice_id = invoices.invoice_id AND a.state = 'ISSUED') AS less ON true
         WHERE less.amount > CASE WHEN invoices.state = 'ISSUED' THEN total ELSE 0 END LIMIT 100
        """,
    ),
    Check(
        "invoices.units_stand_on_one",
        "SELECT count(*) FROM invoices WHERE state = 'ISSUED'",
        f"""
        SELECT 'order=' || one.order_id || ' line=' || one.line_no || ' unit=' || one.first AS subject,
               'on one invoice' AS expected, one.number || ' and ' || two.number AS found, '' AS repair
          FROM (SELECT doc.order_id, doc.number, unit.* FROM invoices AS doc {_UNITS} WHERE doc.state = 'ISSUED') AS one
          JOIN (SELECT doc.order_id, doc.number, unit.* FROM invoices AS doc {_UNITS} WHERE doc.state = 'ISSUED') AS two
            ON two.order_id = one.order_id AND two.line_no = one.line_no AND one.number < two.number
               AND two.first <= one.last AND one.first <= two.last LIMIT 100
        """,
    ),
    Check(
        "invoices.documents_are_handed_in",
        "SELECT count(*) FROM invoices",
        """
        SELECT 'invoice=' || number AS subject, 'a step for ' || wanted.verb AS expected, 'none' AS found,
               'omoctl call InvoiceService.RetryInvoices' AS repair
          FROM invoices CROSS JOIN (VALUES ('ISSUE'), ('VOID')) AS wanted (verb)
         WHERE (wanted.verb = 'ISSUE' OR state = 'VOIDED')
           AND NOT EXISTS (SELECT FROM invoice_uploads AS u
                            WHERE u.document_id = invoice_id AND u.verb = wanted.verb) LIMIT 100
        """,
    ),
    Check(
        "invoices.what_came_back_is_taken_off",
        "SELECT count(*) FROM return_units WHERE live AND disposition <> ''",
        f"""
        SELECT 'order=' || back.order_id || ' line=' || back.line_no || ' unit=' || back.first_unit AS subject,
               'on no invoice, or taken off it' AS expected, stands.number AS found,
               'omoctl call InvoiceService.RetryInvoices' AS repair
          FROM return_units AS back
          JOIN (SELECT doc.order_id, doc.invoice_id, doc.number, unit.* FROM invoices AS doc {_UNITS}
                 WHERE doc.state = 'ISSUED') AS stands
            ON stands.order_id = back.order_id AND stands.line_no = back.line_no
               AND stands.first <= back.last_unit AND back.first_unit <= stands.last
         WHERE back.live AND back.disposition <> ''
           AND NOT EXISTS (SELECT FROM timers WHERE kind = 'invoices.settle' AND key = back.order_id::text)
           AND NOT EXISTS (
               SELECT FROM (SELECT doc.invoice_id, unit.* FROM invoice_allowances AS doc {_UNITS}
                             WHERE doc.state = 'ISSUED') AS less
                WHERE less.invoice_id = stands.invoice_id AND less.line_no = back.line_no
                  AND less.first <= back.last_unit AND back.first_unit <= less.last) LIMIT 100
        """,
    ),
    Check(
        "invoices.a_way_that_was_paid_back_is_taken_off",
        "SELECT count(*) FROM order_freight WHERE state = 'REFUNDED'",
        f"""
        SELECT 'order=' || fee.order_id || ' shipping' AS subject, 'on no invoice, or taken off it' AS expected,
               stands.number AS found, 'omoctl call InvoiceService.RetryInvoices' AS repair
          FROM order_freight AS fee
          JOIN (SELECT doc.order_id, doc.invoice_id, doc.number, unit.* FROM invoices AS doc {_UNITS}
                 WHERE doc.state = 'ISSUED') AS stands ON stands.order_id = fee.order_id AND stands.line_no = 0
         WHERE fee.state = 'REFUNDED'
           AND NOT EXISTS (SELECT FROM timers WHERE kind = 'invoices.settle' AND key = fee.order_id::text)
           AND NOT EXISTS (
               SELECT FROM (SELECT doc.invoice_id, unit.* FROM invoice_allowances AS doc {_UNITS}
                             WHERE doc.state = 'ISSUED') AS less
                WHERE less.invoice_id = stands.invoice_id AND less.line_no = 0) LIMIT 100
        """,
    ),
)
