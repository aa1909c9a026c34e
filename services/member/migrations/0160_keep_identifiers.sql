-- migrate:up

-- When it became the member's; what limits over a time are counted by.
ALTER TABLE member_identifiers ADD COLUMN add_time timestamptz NOT NULL DEFAULT now();

-- Identifiers that were somebody's. The value is forgotten; the hash stays, so that changing often is noticed.
CREATE TABLE identifier_endings (
    member_id uuid NOT NULL,
    kind text NOT NULL,
    lookup bytea NOT NULL,
    source text NOT NULL,
    verify_time timestamptz,
    add_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    -- REMOVED, REPLACED, RECYCLED
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, kind, lookup, end_time)
);

-- What an identifier of each kind is worth, and how many somebody may have: headquarters' to change.
CREATE TABLE identifier_rules (
    kind text PRIMARY KEY,
    -- 1 is strongest
    strength integer NOT NULL,
    most integer NOT NULL,
    -- 0: at any one time
    period_days integer NOT NULL,
    check_digit text NOT NULL DEFAULT 'none',
    dotless_domains text[] NOT NULL DEFAULT '{}',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
INSERT INTO identifier_rules (kind, strength, most, period_days, dotless_domains, actor_kind, actor_id) VALUES
    ('phone', 1, 1, 0, '{}', 'service', 'member'),
    ('line', 2, 1, 0, '{}', 'service', 'member'),
    ('email', 3, 3, 0, '{gmail.com,googlemail.com}', 'service', 'member'),
    ('card', 4, 5, 0, '{}', 'service', 'member'),
    ('external', 5, 5, 0, '{}', 'service', 'member'),
    ('app_install', 6, 5, 7, '{}', 'service', 'member'),
    ('web', 7, 5, 7, '{}', 'service', 'member');

-- Values that never mean a person.
CREATE TABLE identifier_blocks (
    block_id uuid PRIMARY KEY,
    -- empty: every kind
    kind text NOT NULL,
    -- exact, prefix, only
    match text NOT NULL,
    text text NOT NULL,
    reason text NOT NULL,
    add_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
INSERT INTO identifier_blocks (block_id, kind, match, text, reason, add_time, actor_kind, actor_id)
SELECT gen_random_uuid(), '', match, text, 'what systems write when they know nobody', now(), 'service', 'member'
  FROM (VALUES ('only', '0-'), ('exact', '-1'), ('exact', 'null'), ('exact', 'none'), ('exact', 'anonymous'),
               ('exact', 'unknown')) AS nobody (match, text);

-- E-mail addresses that wait to be proved, by code or by link.
CREATE TABLE email_proofs (
    challenge_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    address_sealed bytea NOT NULL,
    code_hash bytea NOT NULL,
    link_hash bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    request_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX email_proofs_of_link ON email_proofs (link_hash);
CREATE INDEX email_proofs_of_member ON email_proofs (member_id);
CREATE INDEX email_proofs_age ON email_proofs (request_time);

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, TRUNCATE ON identifier_endings FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
