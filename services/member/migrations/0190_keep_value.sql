-- migrate:up

-- Everything that can be spent but points, in lots: a piece of credit, a gift card, a coupon, units of a good that
-- were paid for, a benefit. kind: the numbers of omo.type.v1.SpendKind. A lot without a member belongs to whoever
-- has its code.
CREATE TABLE value_lots (
    lot_id uuid PRIMARY KEY,
    member_id uuid,
    kind smallint NOT NULL CHECK (kind BETWEEN 2 AND 6),
    -- the campaign, batch, pack or programme that it is of
    source_id uuid NOT NULL,
    issued bigint NOT NULL CHECK (issued >= 0),
    active bigint NOT NULL CHECK (active >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    -- what was spent and never held; a lot of it has nothing else
    owed bigint NOT NULL DEFAULT 0 CHECK (owed >= 0),
    issue_time timestamptz NOT NULL,
    -- not to be spent before
    begin_time timestamptz NOT NULL,
    expire_time timestamptz,
    -- what it opens or buys, and whether it comes back
    terms jsonb NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX value_lots_of_member ON value_lots (member_id, kind, expire_time) WHERE member_id IS NOT NULL;
CREATE INDEX value_lots_of_source ON value_lots (source_id);
CREATE INDEX value_lots_expiring ON value_lots (expire_time) WHERE active > 0;

-- Transfers happen once by their natural key and are never changed. verb: 1 issue, 2 hold, 3 release, 4 spend,
-- 5 give back, 6 expire, 7 adjust, 8 divide, 9 pay off.
CREATE TABLE value_transfers (
    transfer_id uuid PRIMARY KEY,
    natural_key text NOT NULL UNIQUE,
    verb smallint NOT NULL,
    kind smallint NOT NULL,
    member_id uuid,
    amount bigint NOT NULL,
    order_id uuid,
    location_id text NOT NULL DEFAULT '',
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    terminal_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX value_transfers_statement ON value_transfers (member_id, business_time DESC, transfer_id DESC);
CREATE INDEX value_transfers_of_order ON value_transfers (order_id) WHERE order_id IS NOT NULL;

-- Accounts of a lot: 1 active, 2 held, 3 issued by the brand, 4 spent, 5 expired, 6 debt, 7 taken back.
-- The entries of a transfer sum to 0.
CREATE TABLE value_entries (
    transfer_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    account smallint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (transfer_id, lot_id, account)
);
CREATE INDEX value_entries_of_lot ON value_entries (lot_id);

-- What an order's hold took of which lot. state: 1 held, 2 spent, 3 released.
CREATE TABLE value_parts (
    hold_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    kind smallint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    -- of what was spent, what came back
    returned bigint NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND amount),
    state smallint NOT NULL,
    line_no integer NOT NULL DEFAULT 0,
    location_id text NOT NULL DEFAULT '',
    spend_time timestamptz,
    PRIMARY KEY (hold_id, lot_id)
);
CREATE INDEX value_parts_of_lot ON value_parts (lot_id);

-- What orders gave back in part, also before they were heard of. key: the refund, or the cancelled units.
CREATE TABLE value_returns (
    order_id uuid NOT NULL,
    key text NOT NULL,
    kind smallint NOT NULL,
    -- the lot; empty for credit
    ref text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    -- set where somebody waits for an answer
    refund_id text NOT NULL DEFAULT '',
    settled boolean NOT NULL DEFAULT false,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (order_id, key, kind, ref)
);

-- Orders that ended before what they spent was heard of.
CREATE TABLE value_ended_orders (
    order_id uuid PRIMARY KEY,
    business_time timestamptz NOT NULL
);

-- A hold is of points and of the rest; what was asked, to tell the same hold from another; who may end it, and when
-- it ends by itself.
ALTER TABLE points_holds ADD COLUMN asked text NOT NULL DEFAULT '';
ALTER TABLE points_holds ADD COLUMN terminal_id text NOT NULL DEFAULT '';
ALTER TABLE points_holds ADD COLUMN end_time timestamptz;

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON value_transfers, value_entries FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
