-- migrate:up

-- The staff member whom a member is bound to, copied from attribution's events.
CREATE TABLE member_advisers (
    member_id uuid PRIMARY KEY,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    active boolean NOT NULL,
    valid_until_time timestamptz,
    version bigint NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX member_advisers_of_staff ON member_advisers (staff_code, member_id) WHERE active;

-- The words that members may be tagged with: a list of the brand's own, so that no tag holds personal data.
CREATE TABLE tag_definitions (
    tag text PRIMARY KEY,
    label text NOT NULL,
    label_en text NOT NULL,
    -- staff, marketing, service, rule, survey
    origins text[] NOT NULL,
    -- 0: until it is taken away
    keep_days integer NOT NULL CHECK (keep_days >= 0),
    active boolean NOT NULL,
    version bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- The tags that members have now. What is past its expiry is not had, also before the timer takes it away.
CREATE TABLE member_tags (
    member_id uuid NOT NULL,
    tag text NOT NULL,
    -- STAFF, MARKETING, SERVICE, RULE, SURVEY
    origin text NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    -- in the words of whoever gave it, under the member's key
    why_sealed bytea,
    set_time timestamptz NOT NULL,
    expire_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, tag)
);
CREATE INDEX member_tags_of_tag ON member_tags (tag, member_id);

-- Every change of tags, for ever: who, when, why.
CREATE TABLE member_tag_changes (
    member_id uuid NOT NULL,
    change_id uuid NOT NULL,
    tag text NOT NULL,
    -- SET, REMOVED, EXPIRED
    kind text NOT NULL,
    origin text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    location_id text NOT NULL,
    why_sealed bytea,
    expire_time timestamptz,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, change_id)
);

-- The sequence of a member's tag events.
CREATE TABLE tag_heads (
    member_id uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- Questionnaires as data, by version; the highest is the present one.
CREATE TABLE questionnaires (
    questionnaire_id text NOT NULL,
    version bigint NOT NULL,
    title text NOT NULL,
    questions jsonb NOT NULL,
    -- what an answer earns; empty: nothing
    benefit_id text NOT NULL,
    valid_days integer NOT NULL CHECK (valid_days > 0),
    active boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (questionnaire_id, version)
);

-- A questionnaire that a staff member offered to a member. state: OPEN, ANSWERED, EXPIRED.
CREATE TABLE survey_offers (
    offer_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    questionnaire_id text NOT NULL,
    version bigint NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    state text NOT NULL DEFAULT 'OPEN',
    offer_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    answer_time timestamptz,
    answers_sealed bytea,
    -- NONE, GRANTED, OWED
    voucher_state text NOT NULL DEFAULT 'NONE',
    voucher_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX survey_offers_of_member ON survey_offers (member_id, offer_time);
CREATE UNIQUE INDEX survey_offers_open ON survey_offers (member_id, questionnaire_id) WHERE state = 'OPEN';

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON member_tag_changes, questionnaires FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
