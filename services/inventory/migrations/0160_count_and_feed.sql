-- migrate:up

-- Counts while the store trades. Locks: this row first, then levels.
CREATE TABLE count_sessions (
    session_id uuid PRIMARY KEY,
    location_id text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('OPEN', 'SUBMITTED', 'APPROVED', 'CANCELLED')),
    active_user text NOT NULL DEFAULT '',
    directed boolean NOT NULL,
    create_time timestamptz NOT NULL,
    approve_time timestamptz,
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX count_sessions_of_area ON count_sessions (location_id, area) WHERE state IN ('OPEN', 'SUBMITTED');
CREATE INDEX count_sessions_here ON count_sessions (location_id, session_id);

CREATE TABLE count_lines (
    session_id uuid NOT NULL,
    sku text COLLATE "C" NOT NULL,
    status text NOT NULL CHECK (status IN ('COUNTED', 'UNMATCHED', 'UNDIRECTED', 'UNCOUNTED')),
    directed boolean NOT NULL,
    quantity bigint NOT NULL DEFAULT 0,
    count_time timestamptz,
    -- as it was when the count was approved
    expected bigint,
    overtaken boolean NOT NULL DEFAULT false,
    recounts int NOT NULL DEFAULT 0,
    counted_by text NOT NULL DEFAULT '',
    PRIMARY KEY (session_id, sku)
) WITH (fillfactor = 80);

-- How far other systems are, and what each of their batches was answered.
CREATE TABLE feed_watermarks (
    source text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL DEFAULT 0,
    business_time timestamptz,
    reset_time timestamptz,
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, location_id)
) WITH (fillfactor = 80);

CREATE TABLE feed_batches (
    source text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    fingerprint bytea NOT NULL,
    answer bytea NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, location_id, sequence)
);

-- Why the shelf is not what the books say.
CREATE TABLE variance_reasons (
    reason_id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    effect text NOT NULL CHECK (effect IN ('NOT_IN_STOCK', 'MISMATCH', 'DAMAGE', 'NO_VARIANCE', 'RELEASE')),
    available_only boolean NOT NULL DEFAULT false,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
INSERT INTO variance_reasons (reason_id, name, effect, actor_kind, actor_id)
VALUES ('NOT_IN_STOCK', 'Not in stock', 'NOT_IN_STOCK', 'service', 'inventory'),
       ('MISMATCH', 'Fewer than the books say', 'MISMATCH', 'service', 'inventory'),
       ('DAMAGE', 'Damaged', 'DAMAGE', 'service', 'inventory'),
       ('NO_VARIANCE', 'The books are right', 'NO_VARIANCE', 'service', 'inventory'),
       ('RELEASE', 'Put aside, and fit for sale', 'RELEASE', 'service', 'inventory');

-- What speaks against a level since it was last counted: per_mille is worked out of it.
ALTER TABLE stock_confidence
    ADD COLUMN rejections int NOT NULL DEFAULT 0,
    ADD COLUMN anomalies int NOT NULL DEFAULT 0,
    ADD COLUMN counted_time timestamptz;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX stock_confidence_worst ON stock_confidence (location_id, per_mille, sku);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX stock_confidence_worst_anywhere ON stock_confidence (per_mille, sku, location_id);

-- migrate:down
