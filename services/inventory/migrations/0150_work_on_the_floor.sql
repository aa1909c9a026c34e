-- migrate:up

-- What stores and other systems find changes more than two quantities: goods put aside are movements too.
ALTER TABLE movements
    ADD COLUMN quality_control bigint NOT NULL DEFAULT 0,
    -- a wider one takes its place
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT movements_kind_check,
    ADD CONSTRAINT movements_kind_check CHECK (kind IN ('OPENING', 'RECEIPT', 'SALE', 'RETURN', 'ADJUSTMENT', 'COUNT',
        'TRANSFER_OUT', 'TRANSFER_IN', 'DAMAGE', 'HANDOVER', 'VARIANCE', 'REJECTION', 'FEED')) NOT VALID;
-- before anybody runs it in earnest: nobody waits
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE movements VALIDATE CONSTRAINT movements_kind_check;

-- What a person should look at. One of a kind for a subject at a location while it is not resolved.
CREATE TABLE stock_tasks (
    task_id uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL CHECK (state IN ('OPEN', 'CLAIMED', 'RESOLVED')),
    claimed_by text NOT NULL DEFAULT '',
    resolution text NOT NULL DEFAULT '',
    version bigint NOT NULL DEFAULT 1,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX stock_tasks_once ON stock_tasks (kind, location_id, subject) WHERE state <> 'RESOLVED';
CREATE INDEX stock_tasks_open ON stock_tasks (task_id) WHERE state <> 'RESOLVED';
CREATE INDEX stock_tasks_open_here ON stock_tasks (location_id, task_id) WHERE state <> 'RESOLVED';

-- Goods that move between locations. Locks: this row first, then levels, then holds.
CREATE TABLE transfers (
    transfer_id uuid PRIMARY KEY,
    from_location_id text COLLATE "C" NOT NULL,
    to_location_id text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'SHIPPED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
    note text NOT NULL DEFAULT '',
    -- where the goods are held from approval until they leave
    hold_id text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL,
    ship_time timestamptz,
    close_time timestamptz,
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX transfers_from ON transfers (from_location_id, transfer_id);
CREATE INDEX transfers_to ON transfers (to_location_id, transfer_id);

-- in_transit_out of the source and in_transit_in of the destination are the sums of in_transit.
CREATE TABLE transfer_lines (
    transfer_id uuid NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    shipped bigint NOT NULL DEFAULT 0,
    accepted bigint NOT NULL DEFAULT 0,
    damaged bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    -- the transfer was closed: what did not come is no longer on its way
    closed boolean NOT NULL DEFAULT false,
    in_transit bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN closed THEN 0 ELSE greatest(0, shipped - accepted - damaged - rejected) END) STORED,
    PRIMARY KEY (transfer_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX transfer_lines_in_transit ON transfer_lines (sku) WHERE in_transit > 0;

CREATE TABLE transfer_discrepancies (
    transfer_id uuid NOT NULL,
    sku text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('UNDER', 'OVER', 'MIS_SHIPPED', 'DAMAGED', 'REJECTED')),
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (transfer_id, sku, kind)
);

-- migrate:down
