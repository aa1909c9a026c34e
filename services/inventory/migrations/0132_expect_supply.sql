-- migrate:up

-- Goods that are to come. Locks: this row first, then levels, then holds.
CREATE TABLE supply_documents (
    document_id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('PURCHASE_ORDER', 'SHIPPING_NOTICE')),
    supplier text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('OPEN', 'CLOSED', 'CANCELLED')),
    create_time timestamptz NOT NULL,
    close_time timestamptz,
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);

CREATE TABLE supply_lines (
    document_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    expected_time timestamptz NOT NULL,
    promisable boolean NOT NULL,
    accepted bigint NOT NULL DEFAULT 0 CHECK (accepted >= 0),
    damaged bigint NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    -- the document was closed: what did not come will not
    closed boolean NOT NULL DEFAULT false,
    incoming bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN closed THEN 0 ELSE greatest(0, quantity - accepted - damaged) END) STORED,
    PRIMARY KEY (document_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX supply_lines_incoming ON supply_lines (sku, location_id, expected_time) WHERE incoming > 0;
CREATE INDEX supply_lines_of_sku ON supply_lines (sku, document_id);
CREATE INDEX supply_lines_of_location ON supply_lines (location_id, document_id);

-- Promised units that wait for goods: kept behind the lock of their level, worked out of what is there, who was promised
-- it and what is to come. At a place they sum up to what is promised there and is not.
CREATE TABLE backorders (
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    -- a hold's or an order's id
    owner_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    -- when what is to come covers all of it; null if it does not
    promise_time timestamptz,
    priority int NOT NULL,
    -- when it was promised
    create_time timestamptz NOT NULL,
    PRIMARY KEY (sku, location_id, owner_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX backorders_of_owner ON backorders (owner_id);
CREATE INDEX backorders_here ON backorders (location_id, sku, owner_id, line_no);

-- Who is filled before others; who has no row has 0.
CREATE TABLE backorder_priorities (
    owner_id text COLLATE "C" PRIMARY KEY,
    priority int NOT NULL CHECK (priority BETWEEN -100 AND 100),
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- migrate:down
