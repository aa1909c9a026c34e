-- migrate:up

-- Goods that another place sends to the store where the shopper collects them: the source's task, and how far it is.
CREATE TABLE pickup_legs (
    fulfilment_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    from_location_id text NOT NULL,
    to_location_id text NOT NULL,
    state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'IN_TRANSIT', 'ARRIVED')),
    left_time timestamptz,
    arrive_time timestamptz,
    -- that told of either
    left_event_id uuid,
    arrive_event_id uuid,
    -- the store's own task
    arrived_fulfilment_id uuid,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK ((state IN ('IN_TRANSIT', 'ARRIVED')) = (left_time IS NOT NULL)),
    CHECK ((state = 'ARRIVED') = (arrive_time IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX pickup_legs_incoming ON pickup_legs (to_location_id, fulfilment_id) WHERE state IN ('OPEN', 'IN_TRANSIT');

-- Who collects for a shopper, by a PIN of his own; hashed and sealed as the shopper's is.
CREATE TABLE pickup_proxies (
    proxy_id uuid PRIMARY KEY,
    fulfilment_id uuid NOT NULL,
    masked_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('ACTIVE', 'REVOKED', 'USED')),
    pin_hash bytea,
    pin_sealed bytea,
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'REVOKED') = (pin_hash IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX pickup_proxies_of_task ON pickup_proxies (fulfilment_id, create_time);

-- What was handed over to whom on what proof: the acknowledgement's data.
CREATE TABLE pickup_handovers (
    fulfilment_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    proof text NOT NULL CHECK (proof IN ('PIN', 'CODE')),
    -- null: the shopper himself
    proxy_id uuid,
    -- what waits on
    rest_fulfilment_id uuid,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE TRIGGER pickup_handovers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pickup_handovers
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- Units that were to be handed over, or to arrive, and were not there.
CREATE TABLE pickup_shortages (
    fulfilment_id uuid NOT NULL,
    line_no int NOT NULL,
    -- from 0, both inclusive
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    order_id uuid NOT NULL,
    sku text NOT NULL,
    -- base units
    quantity bigint NOT NULL CHECK (quantity > 0),
    reason text NOT NULL,
    choice text NOT NULL CHECK (choice IN ('CANCEL', 'ASK')),
    -- that told stock of it
    event_id uuid NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fulfilment_id, line_no, first_unit)
);
CREATE TRIGGER pickup_shortages_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pickup_shortages
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
