-- migrate:up

-- What follows when shoppers do not collect, by version; the newest counts.
CREATE TABLE noshow_policies (
    version bigint PRIMARY KEY,
    terms jsonb NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);
CREATE TRIGGER noshow_policies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON noshow_policies
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- What was ready and nobody collected: which one it was, by which terms, and what is kept of its refund.
CREATE TABLE noshows (
    fulfilment_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    member_id uuid NOT NULL,
    location_id text NOT NULL,
    policy_version bigint NOT NULL,
    number int NOT NULL,
    fee bigint NOT NULL CHECK (fee >= 0),
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);
CREATE INDEX noshows_of_member ON noshows (member_id, business_time);
CREATE INDEX noshows_of_order ON noshows (order_id);
CREATE TRIGGER noshows_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON noshows
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- A member's word against one, and what headquarters said to it.
CREATE TABLE noshow_appeals (
    fulfilment_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('OPEN', 'GRANTED', 'REFUSED')),
    reason text NOT NULL,
    appeal_time timestamptz NOT NULL,
    settle_reason text NOT NULL DEFAULT '',
    settle_time timestamptz,
    settled_by text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'OPEN') = (settle_time IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX noshow_appeals_by_state ON noshow_appeals (state, appeal_time, fulfilment_id);

-- What is in force against a member, beside his tier, where every price looks anyway.
ALTER TABLE member_tiers ADD COLUMN prepay_until_time timestamptz;
ALTER TABLE member_tiers ADD COLUMN paused_until_time timestamptz;
ALTER TABLE member_tiers ADD COLUMN barred_until_time timestamptz;

-- migrate:down
