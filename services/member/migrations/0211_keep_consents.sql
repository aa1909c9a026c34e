-- migrate:up

-- What a member agreed to or refused, each time he said so: purpose, channel, where he said it, to which words.
CREATE TABLE consent_records (
    member_id uuid NOT NULL,
    record_id uuid NOT NULL,
    -- MARKETING, SERVICE, BROWSING, SHARING
    purpose text NOT NULL,
    -- "email", "sms", "line", "push", "phone" for the first two; empty for the others
    channel text NOT NULL,
    -- GRANTED, REFUSED; UNSAID where a merge that had brought a choice was undone
    choice text NOT NULL,
    source text NOT NULL,
    text_version text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, record_id)
);
CREATE INDEX consent_records_by_time ON consent_records (member_id, purpose, channel, business_time, record_id);

-- What holds now: the newest record of each purpose and channel. Whoever sends asks this.
CREATE TABLE consent_heads (
    member_id uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    choice text NOT NULL,
    record_id uuid NOT NULL,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (member_id, purpose, channel)
) WITH (fillfactor = 80);

-- Nobody can say afterwards that somebody had agreed.
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON consent_records FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
