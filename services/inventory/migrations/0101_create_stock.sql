-- migrate:up

-- Where a SKU stands at a location, in base units: the sums of the rows below, kept so that a promise is one look.
-- "Not more than there is" is the condition of a hold and no constraint, because facts may break it.
CREATE TABLE stock_levels (
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    on_hand bigint NOT NULL DEFAULT 0,
    committed bigint NOT NULL DEFAULT 0 CHECK (committed >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    damaged bigint NOT NULL DEFAULT 0,
    quality_control bigint NOT NULL DEFAULT 0,
    in_transit_in bigint NOT NULL DEFAULT 0,
    in_transit_out bigint NOT NULL DEFAULT 0,
    available bigint NOT NULL GENERATED ALWAYS AS (on_hand - committed - held - damaged - quality_control) STORED,
    -- what the open rows of shortfalls must add up to
    shortfall bigint NOT NULL
        GENERATED ALWAYS AS (greatest(0, committed + held + damaged + quality_control - on_hand)) STORED,
    -- goods were once booked in here; before that every sale is short, and nobody is told each time
    opened boolean NOT NULL DEFAULT false,
    -- the latest count: what happened before it and is told after it was in that count
    counted_time timestamptz,
    version bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sku, location_id)
) WITH (fillfactor = 50);
CREATE INDEX stock_levels_of_location ON stock_levels (location_id, sku);

-- The stock journal: append-only. on_hand is the sum of quantity, damaged the sum of damaged.
CREATE TABLE movements (
    sku text COLLATE "C" NOT NULL,
    movement_id uuid NOT NULL DEFAULT uuidv7(),
    location_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('OPENING', 'RECEIPT', 'SALE', 'RETURN', 'ADJUSTMENT', 'COUNT', 'TRANSFER_OUT',
        'TRANSFER_IN', 'DAMAGE', 'HANDOVER')),
    quantity bigint NOT NULL,
    damaged bigint NOT NULL DEFAULT 0,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    -- an order id, a receipt's number, a fact's id
    source_id text COLLATE "C" NOT NULL,
    -- the line of the order; 0 where the source has no lines
    line_no int NOT NULL DEFAULT 0,
    first_unit bigint NOT NULL DEFAULT 0,
    last_unit bigint NOT NULL DEFAULT 0,
    measure bigint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (sku, movement_id)
);
-- a line moves its goods once, however often it is told
CREATE UNIQUE INDEX movements_once ON movements (source_id, line_no, kind, first_unit) WHERE line_no > 0;

-- Stock promised to a cart (ends by time) or to an order. Of an order the row outlives the hold: it is the tombstone
-- that refuses a late one, and what all news of that order lock.
CREATE TABLE holds (
    hold_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('ACTIVE', 'COMMITTED', 'RELEASED', 'EXPIRED')),
    order_id text NOT NULL DEFAULT '',
    member_id text NOT NULL DEFAULT '',
    expire_time timestamptz,
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    -- of the request; empty for a tombstone
    fingerprint bytea NOT NULL DEFAULT '',
    -- the order was cancelled, so that nothing of it is allocated any more, whatever is still told
    cancelled boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX holds_of_orders ON holds (order_id) WHERE state = 'ACTIVE' AND expire_time IS NULL;
CREATE INDEX holds_due ON holds (expire_time) WHERE state = 'ACTIVE' AND expire_time IS NOT NULL;

-- The lines of a hold. held is the sum over the active ones. A line of a cart is freed when its time has passed and
-- somebody wants the goods, or by the sweep.
CREATE TABLE hold_lines (
    hold_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    expire_time timestamptz,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (hold_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX hold_lines_active ON hold_lines (sku, location_id, expire_time) WHERE active;

-- What confirmed orders wait for. committed is the sum of open.
CREATE TABLE allocations (
    order_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    -- unknown until the confirmation is heard: a handover may be heard before it
    quantity bigint,
    handed_over bigint NOT NULL DEFAULT 0,
    cancelled boolean NOT NULL DEFAULT false,
    open bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled THEN 0 ELSE greatest(0, coalesce(quantity, 0) - handed_over) END) STORED,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX allocations_open ON allocations (sku, location_id) WHERE open > 0;

-- Goods that left although the books did not have them, and how many of them the books have found since.
CREATE TABLE shortfalls (
    sku text COLLATE "C" NOT NULL,
    shortfall_id uuid NOT NULL DEFAULT uuidv7(),
    location_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    settled bigint NOT NULL DEFAULT 0 CHECK (settled BETWEEN 0 AND quantity),
    source_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sku, shortfall_id)
) WITH (fillfactor = 80);
CREATE INDEX shortfalls_open ON shortfalls (shortfall_id) WHERE settled < quantity;
CREATE INDEX shortfalls_open_here ON shortfalls (sku, location_id, shortfall_id) WHERE settled < quantity;

-- Costs nothing on the way in: it fires only for what must never happen.
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a journal: entries are added, never changed', tg_table_name;
END
$$;
CREATE TRIGGER movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON movements
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
