-- migrate:up

-- Why somebody changed an order: a code, '' where he said nothing. And what is collected elsewhere, or shipped ('')
-- instead: the lines, the store that had them ready until then. Such a change is MOVING while inventory is asked.
ALTER TABLE order_edits ADD COLUMN reason text NOT NULL DEFAULT '';
ALTER TABLE order_edits ADD COLUMN moved_line_nos int[] NOT NULL DEFAULT '{}';
ALTER TABLE order_edits ADD COLUMN from_location_id text NOT NULL DEFAULT '';
ALTER TABLE order_edits ADD COLUMN to_location_id text NOT NULL DEFAULT '';

-- squawk-ignore ban-drop-constraint
ALTER TABLE order_edits DROP CONSTRAINT order_edits_state_check;
ALTER TABLE order_edits ADD CONSTRAINT order_edits_state_check CHECK (state IN
    ('PLACING', 'UNDOING', 'MOVING', 'APPLIED', 'REFUSED')) NOT VALID;
-- no row breaks it: the list has only grown
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_edits VALIDATE CONSTRAINT order_edits_state_check;

-- one at a time: few changes run at any moment, so that no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX order_edits_under_way ON order_edits (order_id) WHERE state IN ('PLACING', 'UNDOING', 'MOVING');
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX order_edits_running;

-- migrate:down
