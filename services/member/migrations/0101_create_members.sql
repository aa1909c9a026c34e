-- migrate:up

-- Who a person is. Names and identifiers are sealed under a key of the member's own.
CREATE TABLE members (
    member_id uuid PRIMARY KEY,
    kind text NOT NULL,
    name_sealed bytea,
    claim_time timestamptz,
    enrolled_location_id text NOT NULL DEFAULT '',
    enrolled_staff_code text NOT NULL DEFAULT '',
    source text NOT NULL,
    join_time timestamptz NOT NULL,
    version bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- Each member's data key, wrapped under the key-encryption key; forgetting the row forgets the person.
CREATE TABLE member_keys (
    member_id uuid PRIMARY KEY,
    key_wrapped bytea NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE member_identifiers (
    member_id uuid NOT NULL,
    kind text NOT NULL,
    -- HMAC of kind and normalised value
    lookup bytea NOT NULL,
    value_sealed bytea NOT NULL,
    verify_time timestamptz,
    source text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, kind, lookup)
);

-- Who holds an identifier: small, and keyed by what is looked up.
CREATE TABLE identifier_holders (
    lookup bytea PRIMARY KEY,
    kind text NOT NULL,
    member_id uuid NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- Ids that tills made for people who were members already; they resolve for ever.
CREATE TABLE member_aliases (
    alias_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    reason text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX member_aliases_of_member ON member_aliases (member_id);

-- The member that an id means, in one step: an alias never points at an alias.
CREATE FUNCTION resolve_member(asked uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = public, pg_temp
RETURN coalesce((SELECT member_id FROM member_aliases WHERE alias_id = asked), asked);

-- Facts about people as tills sent them, without what they said in clear.
CREATE TABLE people_facts (
    terminal_id text NOT NULL,
    sequence bigint NOT NULL,
    fact_id text NOT NULL,
    kind text NOT NULL,
    member_id uuid,
    sku text NOT NULL DEFAULT '',
    -- the note, and whatever could not be taken as it came; sealed under the fact's own place
    text_sealed bytea,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    outcome text NOT NULL,
    -- what a person should look at
    flags text[] NOT NULL DEFAULT '{}',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (terminal_id, sequence)
);
CREATE INDEX people_facts_flagged ON people_facts (record_time) WHERE flags <> '{}';
CREATE INDEX people_facts_of_member ON people_facts (member_id, kind);

-- Names, phones and addresses that orders and tasks point to by id.
CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    name_sealed bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    address_sealed bytea NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contacts_of_member ON contacts (member_id);

-- Who looked at whose data, for what.
CREATE TABLE personal_reads (
    read_id uuid PRIMARY KEY,
    member_id uuid,
    contact_id uuid,
    rpc text NOT NULL,
    purpose text NOT NULL,
    found boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX personal_reads_of_member ON personal_reads (member_id, record_time);
CREATE INDEX personal_reads_of_actor ON personal_reads (actor_id, record_time);

-- Append-only: the service may write and read it, and never change it.
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON personal_reads, people_facts FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
