-- migrate:up

-- What happened between a member and the brand: typed, sourced, with who and where. Rows stay under the id under which
-- they were told; whoever reads asks for every id that means the person, so a merge moves nothing.
CREATE TABLE timeline_records (
    member_id uuid NOT NULL,
    record_id uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    location_id text NOT NULL,
    staff_code text NOT NULL,
    -- the order, conversation or message that it is about
    subject_id text NOT NULL,
    -- codes, counts and ids, never personal
    data jsonb NOT NULL,
    -- what somebody said or wrote, under the member's key
    text_sealed bytea,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, record_id)
);
CREATE INDEX timeline_records_by_time ON timeline_records (member_id, business_time, record_id);
CREATE INDEX timeline_records_by_kind ON timeline_records (member_id, kind, business_time, record_id);
-- what retention clocks ask
CREATE INDEX timeline_records_ageing ON timeline_records (kind, business_time);

-- Persons who were forgotten: their ids stay in the books, and never get a key again.
CREATE TABLE member_tombstones (
    member_id uuid PRIMARY KEY,
    erasure_id uuid NOT NULL,
    erase_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- What happened is never told otherwise afterwards; only a retention clock takes it away.
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, TRUNCATE ON timeline_records FROM %I', service_role);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON member_tombstones FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
