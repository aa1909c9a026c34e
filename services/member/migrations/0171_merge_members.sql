-- migrate:up

-- Two members who turned out to be one. The absorbed id is an alias while the merge stands.
CREATE TABLE merges (
    merge_id uuid PRIMARY KEY,
    survivor_id uuid NOT NULL,
    absorbed_id uuid NOT NULL,
    -- TILL, SHOPPER or STAFF
    origin text NOT NULL,
    -- by what the shopper proved that both are his: PHONE or LINE; empty where a person decided
    proof text NOT NULL DEFAULT '',
    -- a word of ours, never free text about a person
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    -- until when it can be undone; a till's second id for a known member never was somebody
    undo_until_time timestamptz,
    undo_time timestamptz,
    undo_reason text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    undo_actor_kind text NOT NULL DEFAULT '',
    undo_actor_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX merges_standing ON merges (absorbed_id) WHERE undo_time IS NULL;
CREATE INDEX merges_of_survivor ON merges (survivor_id, business_time DESC);

-- What came with the absorbed one: by this, and by nothing else, it goes back.
CREATE TABLE merge_moves (
    merge_id uuid NOT NULL,
    -- such as points_lot, wish, identifier
    kind text NOT NULL,
    subject text NOT NULL,
    -- what it was before, where that is not to be read elsewhere; nothing personal in clear
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (merge_id, kind, subject)
);

-- Orders that named an id which meant somebody else by the time they were heard of.
CREATE TABLE alias_orders (
    order_id uuid PRIMARY KEY,
    named_id uuid NOT NULL
);
CREATE INDEX alias_orders_of_named ON alias_orders (named_id);

-- Two members who may be one person; the lower id comes first, whoever was named first.
CREATE TABLE merge_candidates (
    candidate_id uuid PRIMARY KEY,
    lower_id uuid NOT NULL,
    upper_id uuid NOT NULL,
    -- OPEN, MERGED, DISMISSED
    state text NOT NULL,
    score integer NOT NULL,
    agreements text[] NOT NULL,
    disagreements text[] NOT NULL,
    -- TILL, SHOPPER or STAFF
    origin text NOT NULL,
    -- what the shopper proved, who he is, and until when he may merge by that
    proof text NOT NULL DEFAULT '',
    proven_by uuid,
    proof_expire_time timestamptz,
    business_time timestamptz NOT NULL,
    settle_time timestamptz,
    settle_reason text NOT NULL DEFAULT '',
    settle_actor_kind text NOT NULL DEFAULT '',
    settle_actor_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK (lower_id < upper_id)
);
CREATE UNIQUE INDEX merge_candidates_open ON merge_candidates (lower_id, upper_id) WHERE state = 'OPEN';
CREATE INDEX merge_candidates_queue ON merge_candidates (score DESC, candidate_id) WHERE state = 'OPEN';
CREATE INDEX merge_candidates_of_upper ON merge_candidates (upper_id) WHERE state = 'OPEN';

-- Each time a member's value was frozen, and who let it go.
CREATE TABLE value_freezes (
    freeze_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    -- PHONE_RECYCLED
    reason text NOT NULL,
    -- to whom the number went
    other_id uuid,
    business_time timestamptz NOT NULL,
    release_time timestamptz,
    release_reason text NOT NULL DEFAULT '',
    release_actor_kind text NOT NULL DEFAULT '',
    release_actor_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX value_freezes_standing ON value_freezes (member_id) WHERE release_time IS NULL;
CREATE INDEX value_freezes_queue ON value_freezes (business_time, freeze_id) WHERE release_time IS NULL;

-- Provenance is append-only: what came with whom does not change afterwards.
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON merge_moves FROM %I', service_role);
        EXECUTE format('REVOKE DELETE, TRUNCATE ON merges, merge_candidates, value_freezes FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
