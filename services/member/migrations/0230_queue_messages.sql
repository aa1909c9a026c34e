-- migrate:up

-- Messages to members, from the moment when they were meant to what became of them. Neither an address nor the text
-- is kept; params name goods, orders and sums, and whatever is personal is opened when the message is sent.
-- state: 1 waiting, 2 handed over (claimed before the provider sees it), 3 sent, 4 unknown (it may have been sent),
-- 5 refused, 6 withheld (cause says why nobody was written to).
-- purpose: 1 transactional, 2 service, 3 marketing.
CREATE TABLE messages (
    message_id uuid PRIMARY KEY,
    -- what it is about, said once: a campaign and a member, a pickup and its state
    message_key text NOT NULL UNIQUE,
    member_id uuid NOT NULL,
    purpose smallint NOT NULL,
    template_id text NOT NULL,
    params text NOT NULL,
    -- asked for, best first; empty: as the brand prefers
    channels text[] NOT NULL,
    campaign_id text NOT NULL,
    -- messages that are sent together by one timer
    batch_id uuid NOT NULL,
    state smallint NOT NULL DEFAULT 1,
    cause text NOT NULL DEFAULT '',
    -- the channel that has it, or had it
    channel text NOT NULL DEFAULT '',
    -- channels that refused it for good
    tried text[] NOT NULL DEFAULT '{}',
    tries smallint NOT NULL DEFAULT 0,
    template_version bigint NOT NULL DEFAULT 0,
    provider_ref text NOT NULL DEFAULT '',
    next_time timestamptz NOT NULL,
    -- pointless afterwards
    end_time timestamptz,
    send_time timestamptz,
    deliver_time timestamptz,
    open_time timestamptz,
    click_time timestamptz,
    block_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX messages_of_batch ON messages (batch_id, next_time) WHERE state IN (1, 2);
CREATE INDEX messages_of_member ON messages (member_id, message_id);
CREATE INDEX messages_of_campaign ON messages (campaign_id, message_id) WHERE campaign_id <> '';
CREATE INDEX messages_of_provider ON messages (provider_ref, channel) WHERE provider_ref <> '';
CREATE INDEX messages_unsettled ON messages (next_time) WHERE state = 4;

-- When marketing was sent to a member, as far back as caps look: the row is also the lock under which caps count.
CREATE TABLE message_counts (
    member_id uuid PRIMARY KEY,
    times timestamptz[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 70);

-- What a member likes: his language, and hours of his own in which nobody writes (minutes of the brand's day).
CREATE TABLE message_preferences (
    member_id uuid PRIMARY KEY,
    locale text NOT NULL DEFAULT '',
    quiet_from smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    -- channels, best first; empty: as the brand prefers
    channels text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

-- How the brand writes: by version, the highest is in force. Minutes of the brand's day; basis points.
CREATE TABLE message_rules (
    version bigint PRIMARY KEY,
    quiet_from smallint NOT NULL,
    quiet_to smallint NOT NULL,
    per_day integer NOT NULL CHECK (per_day >= 0),
    per_week integer NOT NULL CHECK (per_week >= 0),
    block_limit_bp integer NOT NULL CHECK (block_limit_bp BETWEEN 1 AND 10000),
    block_min_sent integer NOT NULL CHECK (block_min_sent > 0),
    channels text[] NOT NULL,
    locale text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- Texts, by version; the highest is used. Each locale's subject, text and html stand at the same place of the arrays.
CREATE TABLE message_templates (
    template_id text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    purpose smallint NOT NULL,
    params text[] NOT NULL,
    locales text[] NOT NULL,
    subjects text[] NOT NULL,
    texts text[] NOT NULL,
    htmls text[] NOT NULL,
    link text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (template_id, version)
);

-- What a channel has carried and how often it was blocked, by day of the brand; and whether it stands still.
CREATE TABLE message_channels (
    channel text PRIMARY KEY,
    halt_time timestamptz,
    halt_reason text NOT NULL DEFAULT '',
    -- counted from here on: whoever lets it go on starts anew
    since_time timestamptz NOT NULL
);
CREATE TABLE message_outcomes (
    channel text NOT NULL,
    campaign_id text NOT NULL,
    day date NOT NULL,
    sent bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, campaign_id, day)
) WITH (fillfactor = 70);
CREATE INDEX message_outcomes_of_campaign ON message_outcomes (campaign_id, day) WHERE campaign_id <> '';

-- migrate:down
