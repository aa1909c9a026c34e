-- migrate:up

-- When gift card codes were tried and were none, per caller and per card (all of its code but the last signs): keyed
-- hashes of each. Until `lock_time` the scope is refused, whatever is typed.
CREATE TABLE gift_card_tries (
    scope bytea PRIMARY KEY,
    times timestamptz[] NOT NULL DEFAULT '{}',
    lock_time timestamptz,
    last_time timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX gift_card_tries_age ON gift_card_tries (last_time);

-- How much a terminal may hold of a member's, and how long: the brand's, by version; the newest counts.
CREATE TABLE voucher_limits (
    version bigint PRIMARY KEY,
    points bigint NOT NULL CHECK (points >= 0),
    credit bigint NOT NULL CHECK (credit >= 0),
    hours integer NOT NULL CHECK (hours > 0),
    grace_hours integer NOT NULL CHECK (grace_hours >= 0),
    -- how many may be out at one terminal; 0: as many as there are members
    at_terminal integer NOT NULL CHECK (at_terminal >= 0),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE offline_vouchers ADD COLUMN limits_version bigint NOT NULL DEFAULT 0;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offline_vouchers_at_terminal ON offline_vouchers (terminal_id) WHERE end_time IS NULL;

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON voucher_limits FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
