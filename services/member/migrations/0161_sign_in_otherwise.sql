-- migrate:up

-- Browsers on their way to a login provider and back.
CREATE TABLE login_attempts (
    state_hash bytea PRIMARY KEY,
    provider text NOT NULL,
    device_hash bytea NOT NULL,
    redirect_uri text NOT NULL,
    -- nonce and code verifier
    secrets_sealed bytea NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX login_attempts_age ON login_attempts (expire_time);

-- Proven logins that nobody has yet: they wait for a proof of the phone.
CREATE TABLE login_joins (
    token_hash bytea PRIMARY KEY,
    kind text NOT NULL,
    -- the id at the provider, and the name that it told
    subject_sealed bytea NOT NULL,
    device_hash bytea NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX login_joins_age ON login_joins (expire_time);

CREATE TABLE passkeys (
    credential_id bytea PRIMARY KEY,
    passkey_id uuid NOT NULL,
    member_id uuid NOT NULL,
    public_key bytea NOT NULL,
    -- what the authenticator counts; one that goes back is a copy
    sign_count bigint NOT NULL,
    name_sealed bytea,
    synced boolean NOT NULL,
    add_time timestamptz NOT NULL,
    last_use_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX passkeys_of_member ON passkeys (member_id, passkey_id);

CREATE TABLE passkey_challenges (
    challenge_id uuid PRIMARY KEY,
    -- of the member for whom a passkey is made; none where somebody signs in
    member_id uuid,
    device_hash bytea,
    challenge bytea NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX passkey_challenges_age ON passkey_challenges (expire_time);
CREATE INDEX passkey_challenges_of_member ON passkey_challenges (member_id);

-- migrate:down
