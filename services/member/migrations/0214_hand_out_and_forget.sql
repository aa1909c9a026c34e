-- migrate:up

-- Everything that is kept of a person, as one file on its way to him. state: GATHERING, READY, DOWNLOADED, EXPIRED.
CREATE TABLE exports (
    export_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'GATHERING',
    request_time timestamptz NOT NULL,
    ready_time timestamptz,
    expire_time timestamptz,
    download_time timestamptz,
    size_bytes bigint NOT NULL DEFAULT 0,
    -- how much of it was handed out: each byte once
    given_bytes bigint NOT NULL DEFAULT 0,
    -- under the member's key; gone with the last byte
    file_sealed bytea,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX exports_open ON exports (member_id) WHERE state IN ('GATHERING', 'READY');
CREATE INDEX exports_of_member ON exports (member_id, request_time);

-- What services delivered of it, piece by piece, sealed like the whole.
CREATE TABLE export_parts (
    export_id uuid NOT NULL,
    service text NOT NULL,
    number integer NOT NULL,
    last boolean NOT NULL,
    data_sealed bytea NOT NULL,
    PRIMARY KEY (export_id, service, number)
);

-- A person's wish to be forgotten. state: ASKING, DELAYED, STARTED, DONE, CANCELLED.
CREATE TABLE erasures (
    erasure_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'ASKING',
    forfeit_value boolean NOT NULL,
    -- which asking is under way; answers to earlier ones count for nothing
    round integer NOT NULL DEFAULT 1,
    -- what stood in the way when it was last asked
    blockers jsonb NOT NULL DEFAULT '[]',
    request_time timestamptz NOT NULL,
    next_time timestamptz,
    start_time timestamptz,
    end_time timestamptz,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX erasures_open ON erasures (member_id) WHERE state IN ('ASKING', 'DELAYED', 'STARTED');

-- What each service said in the round that is under way.
CREATE TABLE erasure_answers (
    erasure_id uuid NOT NULL,
    service text NOT NULL,
    round integer NOT NULL,
    blockers jsonb NOT NULL,
    PRIMARY KEY (erasure_id, service)
);

-- The proof that it was done, service by service; for ever.
CREATE TABLE erasure_receipts (
    erasure_id uuid NOT NULL,
    service text NOT NULL,
    row_count bigint NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (erasure_id, service)
);

-- How long what is kept, and who says so.
CREATE TABLE retention_rules (
    subject text PRIMARY KEY,
    -- 0: as long as the member is one
    keep_days integer NOT NULL CHECK (keep_days >= 0),
    -- a law's least; headquarters may keep longer, never shorter
    least_days integer NOT NULL,
    basis text NOT NULL,
    -- true: never removed by a clock of ours, only said
    books boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    actor_kind text NOT NULL DEFAULT 'service',
    actor_id text NOT NULL DEFAULT 'member',
    record_time timestamptz NOT NULL DEFAULT now()
);
INSERT INTO retention_rules (subject, keep_days, least_days, basis, books) VALUES
    ('books.orders', 3650, 3650, 'Business Entity Accounting Act, art. 38: books ten years', true),
    ('books.points_and_value', 3650, 3650, 'Business Entity Accounting Act, art. 38: books ten years', true),
    ('books.consents', 1825, 1825, 'Personal Data Protection Act, art. 30: claims end after five years', true),
    ('books.reads', 1825, 1825, 'Personal Data Protection Act, art. 30: claims end after five years', true),
    ('timeline.BROWSING', 90, 0, 'purpose: advice while it is fresh', false),
    ('timeline.MESSAGE', 365, 0, 'purpose: what was sent in a year', false),
    ('timeline.VISIT', 730, 0, 'purpose: service in stores', false),
    ('timeline.TRIAL', 1095, 0, 'purpose: advice', false),
    ('timeline.NOTE', 1095, 0, 'purpose: advice', false),
    ('timeline.CALL', 1095, 0, 'purpose: advice', false),
    ('timeline.CHAT', 1095, 0, 'purpose: service', false),
    ('timeline.COMPLAINT', 1825, 0, 'claims end after five years', false),
    ('timeline.SURVEY', 1095, 0, 'purpose: advice', false),
    ('exports', 7, 0, 'purpose: time to fetch it', false);

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON erasure_receipts FROM %I', service_role);
        EXECUTE format('REVOKE DELETE, TRUNCATE ON erasures, exports, retention_rules FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
