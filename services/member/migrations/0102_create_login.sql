-- migrate:up

-- Codes that were sent. Neither the number nor the code stands here in clear.
CREATE TABLE otp_challenges (
    challenge_id uuid PRIMARY KEY,
    phone_hash bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    device_hash bytea NOT NULL,
    code_hash bytea NOT NULL,
    -- the first seven digits, and the country: what pumping is told by
    prefix text NOT NULL,
    country text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    request_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX otp_challenges_of_prefix ON otp_challenges (prefix, request_time DESC);
CREATE INDEX otp_challenges_of_country ON otp_challenges (country, request_time DESC);
CREATE INDEX otp_challenges_age ON otp_challenges (request_time);

-- When codes were sent or tried, per number, device, network, prefix: keyed hashes of each.
CREATE TABLE otp_windows (
    scope bytea PRIMARY KEY,
    times timestamptz[] NOT NULL DEFAULT '{}',
    last_time timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX otp_windows_age ON otp_windows (last_time);

-- All codes of a day, for the spending cap.
CREATE TABLE otp_days (
    day date PRIMARY KEY,
    sends integer NOT NULL
) WITH (fillfactor = 70);

-- migrate:down
