-- migrate:up

-- Members who give the number of somebody else as theirs, such as a family with one phone. It finds them at the till
-- beside its holder; it signs nobody in but the holder.
CREATE TABLE identifier_shares (
    lookup bytea NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    add_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lookup, member_id)
);
CREATE INDEX identifier_shares_of_member ON identifier_shares (member_id);

-- Identifiers that were taken from somebody by another's proof or another's word, until a person has looked.
CREATE TABLE identity_cases (
    case_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    -- NOT_MY_ACCOUNT, NOT_MY_NUMBER, PHONE_RECYCLED, PHONE_DEMOTED
    reason text NOT NULL,
    kind text NOT NULL,
    other_id uuid,
    frozen boolean NOT NULL,
    location_id text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    close_time timestamptz,
    close_reason text NOT NULL DEFAULT '',
    close_actor_kind text NOT NULL DEFAULT '',
    close_actor_id text NOT NULL DEFAULT ''
);
CREATE INDEX identity_cases_open ON identity_cases (business_time, case_id) WHERE close_time IS NULL;

-- migrate:down
