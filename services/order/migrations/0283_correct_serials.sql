-- migrate:up

-- Who said afterwards which serial a unit really left with, and why.
CREATE TABLE unit_serial_changes (
    change_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    unit bigint NOT NULL,
    -- empty: nobody knew, or nobody knows
    believed text NOT NULL,
    serial text NOT NULL,
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unit_serial_changes_of_order ON unit_serial_changes (order_id, line_no, unit);
CREATE TRIGGER unit_serial_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON unit_serial_changes
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
