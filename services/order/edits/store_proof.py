"""What must hold of changes of orders, as SQL that finds what does not."""

from kit.audit import Check

CHECKS = (
    Check(
        "edits.what_is_added_is_promised",
        "SELECT count(*) FROM order_edits WHERE state IN ('APPLIED', 'REFUSED')",
        """
        SELECT 'edit=' || edit_id AS subject,
               CASE edit.state WHEN 'APPLIED' THEN 'CONFIRMED once' ELSE 'CANCELLED or never' END AS expected,
               coalesce(added.state, 'none') AS found, 'omoctl call OrderService.CancelOrder' AS repair
          FROM order_edits AS edit JOIN orders AS added ON added.order_id = edit.added_order_id
         WHERE (edit.state = 'APPLIED' AND added.state IN ('PENDING', 'PENDING_PAYMENT'))
            OR (edit.state = 'REFUSED' AND added.state <> 'CANCELLED') LIMIT 100
        """,
    ),
    Check(
        "edits.running_edits_have_a_timer",
        "SELECT count(*) FROM order_edits WHERE state IN ('PLACING', 'UNDOING', 'MOVING')",
        """
        SELECT 'edit=' || edit_id AS subject, 'a timer' AS expected, state AS found, '' AS repair
          FROM order_edits LEFT JOIN timers ON timers.key = edit_id::text
           AND timers.kind = CASE state WHEN 'MOVING' THEN 'order.edit.move' ELSE 'order.edit' END
         WHERE state IN ('PLACING', 'UNDOING', 'MOVING') AND timers.key IS NULL LIMIT 100
        """,
    ),
    Check(
        "edits.moved_lines_stand_where_they_were_asked",
        "SELECT count(*) FROM order_edits WHERE state = 'APPLIED' AND moved_line_nos <> '{}'",
        # unless somebody asked for something else since: its shopper again, or where its store could not
        """
        SELECT 'order=' || order_id || ' line=' || line.line_no AS subject, 'at ' || edit.to_location_id AS expected,
               line.method || ' ' || line.fulfilment_location_id AS found, '' AS repair
          FROM order_edits AS edit JOIN order_lines AS line USING (order_id)
         WHERE edit.state = 'APPLIED' AND line.line_no = ANY(edit.moved_line_nos)
           AND line.fulfilment_location_id <> edit.to_location_id
           AND NOT EXISTS (SELECT FROM order_edits AS later
                            WHERE later.order_id = edit.order_id AND later.state IN ('MOVING', 'APPLIED')
                              AND later.business_time > edit.business_time
                              AND line.line_no = ANY(later.moved_line_nos))
           AND NOT EXISTS (SELECT FROM pickup_choices AS later
                            WHERE later.order_id = edit.order_id AND later.business_time > edit.business_time
                              AND line.line_no = ANY(later.line_nos)) LIMIT 100
        """,
    ),
)
