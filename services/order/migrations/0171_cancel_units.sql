-- migrate:up

-- Units of confirmed orders that nobody will hand over, in runs, and their part of what the order came to.
CREATE TABLE cancelled_units (
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    -- from 0, both inclusive
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    -- base units
    quantity bigint NOT NULL,
    net_total bigint NOT NULL,
    earn_base bigint NOT NULL,
    points_returned bigint NOT NULL,
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, first_unit),
    CHECK (last_unit >= first_unit)
);
CREATE TRIGGER cancelled_units_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cancelled_units
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
