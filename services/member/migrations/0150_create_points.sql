-- migrate:up

-- The loyalty program, whole, by version; the highest is in force.
CREATE TABLE programs (
    version bigint PRIMARY KEY,
    amount_per_point bigint NOT NULL CHECK (amount_per_point > 0),
    point_value bigint NOT NULL CHECK (point_value > 0),
    pending_days integer NOT NULL CHECK (pending_days >= 0),
    expire_days integer NOT NULL CHECK (expire_days >= 0),
    qualifying_days integer NOT NULL CHECK (qualifying_days > 0),
    tiers text[] NOT NULL,
    min_spends bigint[] NOT NULL,
    valid_days integer[] NOT NULL,
    multipliers_bp integer[] NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- One row per member: the lock under which points move, and the projection of the entries (proved by audit).
CREATE TABLE points_balances (
    member_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0 CHECK (pending >= 0),
    active bigint NOT NULL DEFAULT 0 CHECK (active >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent bigint NOT NULL DEFAULT 0,
    expired bigint NOT NULL DEFAULT 0 CHECK (expired >= 0),
    debt bigint NOT NULL DEFAULT 0 CHECK (debt >= 0),
    tier text NOT NULL DEFAULT '',
    tier_since_time timestamptz,
    tier_valid_until_time timestamptz
) WITH (fillfactor = 70);

-- Transfers are immutable, happen once by their natural key, and their entries sum to 0.
CREATE TABLE points_transfers (
    member_id uuid NOT NULL,
    transfer_id uuid NOT NULL,
    kind smallint NOT NULL,
    natural_key text NOT NULL,
    points bigint NOT NULL,
    order_id uuid,
    business_time timestamptz NOT NULL,
    reason text NOT NULL,
    rule_version text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    terminal_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, transfer_id),
    UNIQUE (member_id, natural_key)
);
CREATE INDEX points_transfers_of_order ON points_transfers (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX points_transfers_statement ON points_transfers (member_id, business_time DESC, transfer_id DESC);

-- Accounts: 1 pending, 2 active, 3 held, 4 issued by the brand, 5 spent, 6 expired, 7 debt. A lot is a sub-account of 1 to 3.
CREATE TABLE points_entries (
    member_id uuid NOT NULL,
    transfer_id uuid NOT NULL,
    account smallint NOT NULL,
    lot_id uuid NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (member_id, transfer_id, account, lot_id)
);

-- What one order earned for goods that are handed over together: its lines share dates, so they share a lot.
CREATE TABLE points_lots (
    member_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    order_id uuid,
    line_nos integer[] NOT NULL,
    line_points bigint[] NOT NULL,
    points bigint NOT NULL CHECK (points > 0),
    pending bigint NOT NULL CHECK (pending >= 0),
    active bigint NOT NULL CHECK (active >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    earn_time timestamptz NOT NULL,
    -- not known before the goods are handed over
    activate_time timestamptz,
    expire_time timestamptz,
    rule_version text NOT NULL,
    PRIMARY KEY (member_id, lot_id)
) WITH (fillfactor = 80);
CREATE INDEX points_lots_of_order ON points_lots (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX points_lots_spendable ON points_lots (member_id, expire_time, earn_time) WHERE active > 0;
CREATE INDEX points_lots_activating ON points_lots (activate_time) WHERE pending > 0;
CREATE INDEX points_lots_expiring ON points_lots (expire_time) WHERE active > 0;

-- Goods that were handed over before their order was heard of.
CREATE TABLE handovers (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    handover_time timestamptz NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

-- Orders that ended, also those whose confirmation is still on its way.
CREATE TABLE cancelled_orders (
    order_id uuid PRIMARY KEY,
    business_time timestamptz NOT NULL
);

-- Spend that counts toward the tier, one row per order.
CREATE TABLE qualifying_spend (
    member_id uuid NOT NULL,
    order_id uuid NOT NULL,
    business_time timestamptz NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (member_id, order_id)
);
CREATE INDEX qualifying_spend_time ON qualifying_spend (member_id, business_time) INCLUDE (amount);

-- migrate:down
