-- migrate:up

-- Locked by whoever decides which units of an order come back.
CREATE TABLE return_orders (
    order_id uuid PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

-- Units on their way back. A refund has the id of its return.
CREATE TABLE returns (
    return_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    order_no text NOT NULL,
    state text NOT NULL CHECK (state IN ('REQUESTED', 'AUTHORISED', 'RECEIVED', 'INSPECTED', 'CLOSED', 'CANCELLED')),
    -- where it is expected; from the receipt on, where the goods are
    location_id text NOT NULL,
    reason text NOT NULL,
    flags text[] NOT NULL DEFAULT '{}',
    as_credit boolean NOT NULL DEFAULT false,
    exchange_order_id uuid,
    version bigint NOT NULL DEFAULT 1,
    business_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX returns_of_order ON returns (order_id, business_time DESC, return_id DESC);
CREATE INDEX returns_of_location ON returns (location_id, business_time DESC, return_id DESC);
CREATE INDEX returns_by_time ON returns (business_time DESC, return_id DESC);

-- Which units, in runs. While `live` nobody else can return them; a unit comes back once.
CREATE TABLE return_units (
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    -- from 0, both inclusive
    first_unit bigint NOT NULL,
    return_id uuid NOT NULL,
    last_unit bigint NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    -- base units
    quantity bigint NOT NULL,
    by_measure boolean NOT NULL,
    live boolean NOT NULL DEFAULT true,
    -- empty until they are here
    disposition text NOT NULL DEFAULT '' CHECK (disposition IN
        ('', 'restock', 'damaged', 'quarantine', 'vendor', 'missing')),
    -- what the shopper had paid for them in any tender; and their part of the line
    amount bigint NOT NULL,
    net_total bigint NOT NULL,
    earn_base bigint NOT NULL,
    points_returned bigint NOT NULL,
    PRIMARY KEY (order_id, line_no, first_unit, return_id),
    CHECK (last_unit >= first_unit AND first_unit >= 0 AND amount >= 0)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX return_units_once ON return_units (order_id, line_no, first_unit) WHERE live;
CREATE INDEX return_units_of_return ON return_units (return_id);

-- Every step that was ever taken: by whom, from which terminal, why.
CREATE TABLE return_steps (
    return_id uuid NOT NULL,
    version bigint NOT NULL,
    step text NOT NULL,
    reason text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (return_id, version)
);
CREATE TRIGGER return_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON return_steps
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- Money that is owed to shoppers; how it moves stands in refund_tenders, what moved in order_tenders.
CREATE TABLE refunds (
    refund_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    -- whose, by the id under which the order was made
    member_id uuid,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    -- taken off it for points that were spent already
    deducted bigint NOT NULL DEFAULT 0 CHECK (deducted >= 0),
    -- what a till gave back beyond what the units had cost
    excess bigint NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('GRANTED', 'PAYING', 'PAID')),
    grant_time timestamptz NOT NULL,
    pay_time timestamptz,
    due_time timestamptz NOT NULL,
    late boolean NOT NULL DEFAULT false,
    -- no consequence is pending or refused any more
    complete boolean NOT NULL DEFAULT false,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX refunds_open ON refunds (grant_time, refund_id) WHERE NOT complete;
CREATE INDEX refunds_of_order ON refunds (order_id);

CREATE TABLE refund_tenders (
    refund_id uuid NOT NULL,
    -- the order's
    tender_no int NOT NULL,
    order_id uuid NOT NULL,
    kind text NOT NULL,
    provider text NOT NULL DEFAULT '',
    amount bigint NOT NULL CHECK (amount >= 0),
    state text NOT NULL CHECK (state IN ('PENDING', 'DONE', 'REFUSED')),
    code text NOT NULL DEFAULT '',
    as_credit boolean NOT NULL DEFAULT false,
    -- how often the provider refused: each try has a key of its own
    tries int NOT NULL DEFAULT 0,
    -- what pays for goods that the shopper took instead; `amount` moves
    kept bigint NOT NULL DEFAULT 0 CHECK (kept >= 0),
    PRIMARY KEY (refund_id, tender_no)
) WITH (fillfactor = 70);
CREATE INDEX refund_tenders_of_order ON refund_tenders (order_id);

-- The reversal board: what a refund has consequences for, and how its owner says it ended.
CREATE TABLE reversals (
    refund_id uuid NOT NULL,
    kind text NOT NULL,
    ref text NOT NULL,
    owner text NOT NULL,
    state text NOT NULL CHECK (state IN ('PENDING', 'DONE', 'DEBT', 'REFUSED')),
    expected bigint NOT NULL,
    amount bigint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    settle_time timestamptz,
    settled_by text NOT NULL DEFAULT '',
    PRIMARY KEY (refund_id, kind, ref)
) WITH (fillfactor = 70);

-- The brand's terms of return; the highest version holds.
CREATE TABLE return_policies (
    version bigint PRIMARY KEY,
    terms jsonb NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);

-- squawk-ignore ban-drop-constraint
ALTER TABLE order_tenders DROP CONSTRAINT order_tenders_kind_check;
ALTER TABLE order_tenders ADD CONSTRAINT order_tenders_kind_check CHECK (kind IN (
    'CASH', 'CARD_PRESENT', 'PROVIDER', 'STORE_CREDIT', 'GIFT_CARD', 'MANUFACTURER_COUPON', 'OTHER', 'PREPAID', 'POINTS',
    'RETURN'
)) NOT VALID;

-- migrate:down
