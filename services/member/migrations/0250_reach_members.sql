-- migrate:up

-- Browsers and installed apps that take notifications. The row stays under the id that subscribed; a member has those
-- of every id that means him.
CREATE TABLE push_subscriptions (
    subscription_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    -- HMAC of the endpoint: one browser, one row
    lookup bytea NOT NULL UNIQUE,
    subscription_sealed bytea NOT NULL,
    add_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_of_member ON push_subscriptions (member_id);

-- Addresses that refuse the brand: blocked, ended, or none at all. Keyed like identifiers, without a word of whose.
CREATE TABLE address_ends (
    lookup bytea PRIMARY KEY,
    channel text NOT NULL,
    code text NOT NULL,
    end_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- What providers told, by their own ids: told again it changes nothing.
CREATE TABLE channel_notices (
    notice_id text NOT NULL,
    provider text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (notice_id, provider)
);

-- migrate:down
