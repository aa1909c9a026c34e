-- migrate:up

-- Keys that sign tokens; the private half is sealed under the key-encryption key of the settings.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL,
    private_sealed bytea NOT NULL,
    -- published at once, used from here on
    active_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hq_users (
    user_id uuid PRIMARY KEY,
    display_name text NOT NULL,
    roles text[] NOT NULL,
    active boolean NOT NULL DEFAULT true,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- One-time links, as keyed hashes.
CREATE TABLE hq_invites (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE staff (
    staff_code text PRIMARY KEY,
    display_name text NOT NULL,
    home_location_id text NOT NULL,
    roles text[] NOT NULL,
    location_ids text[] NOT NULL,
    active boolean NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    version bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- PINs apart from the person, so that counting tries changes no staff row.
CREATE TABLE staff_pins (
    staff_code text PRIMARY KEY,
    pin_hash text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    lock_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- One-time codes by which a terminal enrols, as keyed hashes.
CREATE TABLE terminal_codes (
    code_hash bytea PRIMARY KEY,
    location_id text NOT NULL,
    name text NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE terminals (
    terminal_id uuid PRIMARY KEY,
    location_id text NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL,
    secret_hash bytea NOT NULL,
    version bigint NOT NULL,
    revoke_time timestamptz,
    revoke_reason text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX terminals_of_location ON terminals (location_id, terminal_id);

-- One family per sign-in. Of each family the hashes of the present and the previous refresh token are known, and the
-- present one sealed, because a shopper whose answer was lost must get the same successor again.
CREATE TABLE refresh_families (
    family_id uuid PRIMARY KEY,
    principal_kind text NOT NULL,
    principal_id text NOT NULL,
    device_id text NOT NULL,
    terminal_id text NOT NULL DEFAULT '',
    location_id text NOT NULL DEFAULT '',
    current_hash bytea NOT NULL,
    current_sealed bytea NOT NULL,
    previous_hash bytea,
    previous_taken boolean NOT NULL DEFAULT false,
    rotate_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    revoke_time timestamptz,
    revoke_reason text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX refresh_families_of_principal ON refresh_families (principal_id, principal_kind) WHERE revoke_time IS NULL;
CREATE INDEX refresh_families_of_terminal ON refresh_families (terminal_id) WHERE revoke_time IS NULL AND terminal_id <> '';
CREATE INDEX refresh_families_age ON refresh_families (expire_time);

-- migrate:down
