-- migrate:up

-- Rule sets as their authors wrote them; a version is never changed, only its state.
CREATE TABLE sourcing_rule_sets (
    rule_set_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('DRAFT', 'ACTIVE', 'RETIRED')),
    channel_ids text[] NOT NULL DEFAULT '{}',
    document jsonb NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (rule_set_id, version)
);
CREATE UNIQUE INDEX sourcing_rule_sets_active ON sourcing_rule_sets (rule_set_id) WHERE state = 'ACTIVE';

-- One row an order with goods that are collected or shipped. Locks: stock levels first, then these rows.
CREATE TABLE sourcing_orders (
    order_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('PINNED', 'PENDING', 'SOURCED', 'UNPLACED', 'PICKUP_REJECTED', 'CANCELLED',
        'GIVEN_UP')),
    -- what decides, as the order's confirmation told it; empty if only its cancellation was heard
    wanted jsonb NOT NULL DEFAULT '{}',
    channel_id text NOT NULL DEFAULT '',
    order_time timestamptz NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    queue text NOT NULL DEFAULT '',
    auto_cancel_time timestamptz,
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX sourcing_orders_waiting ON sourcing_orders (order_time, order_id)
    WHERE state IN ('UNPLACED', 'PICKUP_REJECTED');
CREATE INDEX sourcing_orders_recent ON sourcing_orders (order_time DESC, order_id) WHERE state IN ('SOURCED', 'UNPLACED');

-- Where the units of a line leave from, by the shopper's choice or by a decision.
CREATE TABLE sourcing_assignments (
    order_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line_no, location_id)
);

-- Every decision with its trace: append-only.
CREATE TABLE sourcing_decisions (
    order_id text COLLATE "C" NOT NULL,
    decision_id uuid NOT NULL,
    mode text NOT NULL CHECK (mode IN ('INSTANT', 'BATCH', 'QUEUE', 'REJECTION')),
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    rule_set_id text NOT NULL,
    rule_version bigint NOT NULL,
    fallback text NOT NULL DEFAULT '',
    queue text NOT NULL DEFAULT '',
    auto_cancel_time timestamptz,
    trace jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, decision_id)
);
CREATE TRIGGER sourcing_decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sourcing_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- Places that rejected a SKU a short while ago.
CREATE TABLE sourcing_rejections (
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    until_time timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    order_id text NOT NULL DEFAULT '',
    PRIMARY KEY (sku, location_id)
);

-- Orders that a place was asked for on its own day.
CREATE TABLE sourcing_loads (
    location_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    orders bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (location_id, day)
);

-- Places that ask not to be asked.
CREATE TABLE sourcing_pauses (
    location_id text COLLATE "C" PRIMARY KEY,
    until_time timestamptz,
    reason text NOT NULL DEFAULT '',
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- migrate:down
