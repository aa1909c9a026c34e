-- migrate:up

-- Append-only: which binding holds at a time is computed from all of a member's facts, whatever order they came in.
CREATE TABLE binding_facts (
    member_id uuid NOT NULL,
    binding_id uuid NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    source smallint NOT NULL,
    bind_time timestamptz NOT NULL,
    evidence text NOT NULL,
    policy_version text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    terminal_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, binding_id)
);

-- The sequence of a member's events, and the lock under which his bindings and credits are decided.
CREATE TABLE member_heads (
    member_id uuid PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 70);

-- Who enrolled a member, copied from member's events.
CREATE TABLE enrolments (
    member_id uuid PRIMARY KEY,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    enrol_time timestamptz NOT NULL
);

-- Staff, copied from member's events.
CREATE TABLE staff_copies (
    staff_code text PRIMARY KEY,
    display_name text NOT NULL,
    home_location_id text NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);

-- Facts that belong to nobody known yet, and touches: kept as they came.
CREATE TABLE touches (
    member_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    kind text NOT NULL,
    touch_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, touch_id)
);

-- A code that did not verify: the fact is kept, and a person may look.
CREATE TABLE binding_reviews (
    fact_id uuid PRIMARY KEY,
    member_id text NOT NULL,
    terminal_id text NOT NULL,
    reason text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
