-- migrate:up

-- The number of the last change of a location's tasks. Whoever changes one takes the next number and holds this row
-- until the commit, so numbers become visible in their order and a till that resumes from one misses nothing.
CREATE TABLE fulfilment_heads (
    location_id text PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

-- What one location does for an order by one method.
CREATE TABLE fulfilments (
    fulfilment_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    order_no text NOT NULL,
    member_id uuid,
    method text NOT NULL CHECK (method IN ('COLLECT', 'SHIP')),
    location_id text NOT NULL,
    state text NOT NULL CHECK (state IN
        ('PLACED', 'ACCEPTED', 'PICKING', 'READY', 'HANDED_OVER', 'REJECTED', 'CANCELLED', 'ON_HOLD', 'EXPIRED')),
    -- while ON_HOLD: what it goes back to
    held_state text NOT NULL DEFAULT '',
    -- the location's number
    version bigint NOT NULL,
    reason text NOT NULL DEFAULT '',
    -- was not accepted in time
    late boolean NOT NULL DEFAULT false,
    contact_id text NOT NULL DEFAULT '',
    masked_name text NOT NULL DEFAULT '',
    accept_deadline_time timestamptz NOT NULL,
    pickup_deadline_time timestamptz,
    picker_staff_code text NOT NULL DEFAULT '',
    handed_over_by_staff_code text NOT NULL DEFAULT '',
    handed_over_time timestamptz,
    -- the event that told of it
    handover_event_id uuid,
    -- its part of what the order costs, in minor units: captured when it is handed over
    amount bigint NOT NULL CHECK (amount >= 0),
    capture text NOT NULL DEFAULT 'OPEN' CHECK (capture IN ('OPEN', 'DUE', 'CAPTURED', 'FAILED')),
    -- keyed hash, and sealed for the shopper's eyes
    pin_hash bytea,
    pin_sealed bytea,
    pin_tries int NOT NULL DEFAULT 0,
    business_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'ON_HOLD') = (held_state <> '')),
    CHECK (state <> 'READY' OR method = 'SHIP' OR pin_hash IS NOT NULL)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX fulfilments_of_order ON fulfilments (order_id, method, location_id);
CREATE UNIQUE INDEX fulfilments_by_version ON fulfilments (location_id, version);
CREATE INDEX fulfilments_open ON fulfilments (location_id, version)
    WHERE state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED');

CREATE TABLE fulfilment_lines (
    fulfilment_id uuid NOT NULL,
    line_no int NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity bigint NOT NULL,
    by_measure boolean NOT NULL,
    PRIMARY KEY (fulfilment_id, line_no)
);

-- Every step that was ever taken: by whom, from which terminal, why, at whose request.
CREATE TABLE fulfilment_steps (
    fulfilment_id uuid NOT NULL,
    version bigint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL,
    request_id text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fulfilment_id, version)
);
CREATE TRIGGER fulfilment_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fulfilment_steps
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
