-- migrate:up

-- What has to be known of each unit: LOT, EXPIRY, SERIAL.
ALTER TABLE variants ADD COLUMN tracking text[] NOT NULL DEFAULT '{}';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX variants_tracked ON variants (sku) WHERE tracking <> '{}';

-- How much of on_hand is of lots that somebody named; the rest is the lot that nobody knows. Goods that come and go
-- without a name change on_hand alone, so that nothing is slower for them.
ALTER TABLE stock_levels ADD COLUMN named bigint NOT NULL DEFAULT 0;

ALTER TABLE movements
    -- a wider one takes its place
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT movements_kind_check,
    ADD CONSTRAINT movements_kind_check CHECK (kind IN ('OPENING', 'RECEIPT', 'SALE', 'RETURN', 'ADJUSTMENT', 'COUNT',
        'TRANSFER_OUT', 'TRANSFER_IN', 'DAMAGE', 'HANDOVER', 'VARIANCE', 'REJECTION', 'FEED', 'LOT')) NOT VALID;
-- before anybody runs it in earnest: nobody waits
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE movements VALIDATE CONSTRAINT movements_kind_check;

-- Goods that were made together (no serial), or one of them. Locks: levels first, then these in key order.
CREATE TABLE lots (
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL DEFAULT '',
    -- the last day on which it may be sold, in the brand's zone
    expire_date date,
    state text NOT NULL CHECK (state IN ('GOOD', 'EXPIRED', 'RECALLED')),
    note text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (sku, lot, serial)
) WITH (fillfactor = 80);
CREATE INDEX lots_by_serial ON lots (sku, serial) WHERE serial <> '';
CREATE INDEX lots_by_date ON lots (sku, expire_date) WHERE expire_date IS NOT NULL;

-- How much of each is where: the sums of the entries. stock_levels.named is the sum of on_hand, and quality_control is
-- never less than that of put_aside.
CREATE TABLE lot_levels (
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    on_hand bigint NOT NULL DEFAULT 0,
    put_aside bigint NOT NULL DEFAULT 0,
    -- when what is there came in
    since_time timestamptz NOT NULL,
    PRIMARY KEY (sku, location_id, lot, serial)
) WITH (fillfactor = 70);
-- serials that were sold are many
CREATE INDEX lot_levels_here ON lot_levels (sku, location_id) WHERE on_hand <> 0 OR put_aside <> 0;
CREATE INDEX lot_levels_of_lot ON lot_levels (sku, lot, serial);
CREATE INDEX lot_levels_by_serial ON lot_levels (sku, serial) WHERE serial <> '';

-- The journal of lots: append-only. So many units that moved were of this lot.
CREATE TABLE lot_entries (
    sku text COLLATE "C" NOT NULL,
    entry_id uuid NOT NULL DEFAULT uuidv7(),
    location_id text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    put_aside bigint NOT NULL DEFAULT 0,
    -- of the movement that it names; LOT where no goods moved
    kind text NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL DEFAULT 0,
    first_unit bigint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (sku, entry_id)
);
-- a line names a lot once, however often it is told
CREATE UNIQUE INDEX lot_entries_once ON lot_entries (source_id, line_no, kind, first_unit, sku, location_id, lot, serial)
    WHERE line_no > 0;
CREATE INDEX lot_entries_of_lot ON lot_entries (sku, lot, entry_id);
CREATE INDEX lot_entries_by_serial ON lot_entries (sku, serial, entry_id) WHERE serial <> '';
CREATE TRIGGER lot_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lot_entries
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- Units that staff took for a line of an order; they leave by name when it is handed over.
CREATE TABLE lot_picks (
    order_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, line_no, sku, location_id, lot, serial)
);
CREATE INDEX lot_picks_here ON lot_picks (sku, location_id);

-- migrate:down
