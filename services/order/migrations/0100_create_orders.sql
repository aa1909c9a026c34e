-- migrate:up

-- One row for each order, made online or sold in a store. What is sold where and for how much never changes after the
-- insert; state, version and reason do.
CREATE TABLE orders (
    order_id uuid PRIMARY KEY,
    -- for people: random base32 with a check digit; the receipt number for a store sale, which no rule makes unique
    order_no text NOT NULL,
    state text NOT NULL CHECK (state IN ('PENDING', 'PENDING_PAYMENT', 'CONFIRMED', 'CANCELLED')),
    channel_kind text NOT NULL CHECK (channel_kind IN ('ONLINE', 'STORE')),
    channel_id text NOT NULL,
    -- the store that sold it; empty online
    location_id text NOT NULL DEFAULT '',
    terminal_id text NOT NULL DEFAULT '',
    member_id uuid,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    update_time timestamptz NOT NULL DEFAULT now(),
    currency text NOT NULL,
    tax_included boolean NOT NULL,
    -- minor units; list - discount (+ tax where it is on top) - points = grand
    list_total bigint NOT NULL,
    discount_total bigint NOT NULL,
    tax_total bigint NOT NULL,
    points_value bigint NOT NULL DEFAULT 0,
    grand_total bigint NOT NULL,
    points_spent bigint NOT NULL DEFAULT 0,
    catalogue_version bigint NOT NULL DEFAULT 0,
    price_list_version bigint NOT NULL DEFAULT 0,
    rules_version text NOT NULL DEFAULT '',
    version bigint NOT NULL DEFAULT 1,
    -- while PENDING or CANCELLED: what stopped it
    reason text NOT NULL DEFAULT '',
    contact_id text NOT NULL DEFAULT '',
    masked_name text NOT NULL DEFAULT '',
    staff_link_token text NOT NULL DEFAULT '',
    cashier_staff_code text NOT NULL DEFAULT '',
    -- the sale's own number where it was imported from
    external_id text NOT NULL DEFAULT '',
    offline boolean NOT NULL DEFAULT false,
    review_flags text[] NOT NULL DEFAULT '{}',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 90);
CREATE INDEX orders_of_member ON orders (member_id, business_time DESC, order_id DESC) WHERE member_id IS NOT NULL;
CREATE INDEX orders_of_location ON orders (location_id, business_time DESC, order_id DESC) WHERE location_id <> '';
CREATE INDEX orders_by_time ON orders (business_time DESC, order_id DESC);
CREATE INDEX orders_by_number ON orders (order_no);
-- what the checkout has not ended yet: as good as empty
CREATE INDEX orders_open ON orders (state, order_id) WHERE state IN ('PENDING', 'PENDING_PAYMENT');

-- Where an online order's goods are collected or shipped from, so that a store finds what concerns it.
CREATE TABLE order_places (
    location_id text NOT NULL,
    business_time timestamptz NOT NULL,
    order_id uuid NOT NULL,
    PRIMARY KEY (location_id, business_time, order_id)
);

-- One row for each line; never changed. The line total is the authority.
CREATE TABLE order_lines (
    order_id uuid NOT NULL,
    line_no int NOT NULL CHECK (line_no > 0),
    sku text NOT NULL,
    name text NOT NULL DEFAULT '',
    quantity bigint NOT NULL,
    by_measure boolean NOT NULL DEFAULT false,
    list_total bigint NOT NULL,
    discount_total bigint NOT NULL,
    net_total bigint NOT NULL,
    tax_total bigint NOT NULL,
    points_value bigint NOT NULL DEFAULT 0,
    earn_base bigint NOT NULL DEFAULT 0,
    -- [[rule_id, rule_version, stage, amount], ...]: the amounts of the whole line
    discounts jsonb NOT NULL DEFAULT '[]',
    -- runs of equal units, in order: [[last, list, net, tax, points_value, [amount by discount, ...]], ...]; the
    -- amounts of EACH unit; a run begins after the last unit of the run before it, the first at 0
    units jsonb NOT NULL,
    method text NOT NULL CHECK (method IN ('CARRY_OUT', 'COLLECT', 'SHIP')),
    fulfilment_location_id text NOT NULL DEFAULT '',
    seller_staff_code text NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, line_no)
);

-- The tender journal: append-only; where a tender stands is the sum of its entries.
CREATE TABLE order_tenders (
    order_id uuid NOT NULL,
    tender_no int NOT NULL,
    entry text NOT NULL CHECK (entry IN
        ('REQUESTED', 'AUTHORISED', 'CAPTURED', 'VOIDED', 'DECLINED', 'REFUNDED', 'CAPTURE_FAILED')),
    -- tells apart what may happen more than once, such as refunds
    key text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN
        ('CASH', 'CARD_PRESENT', 'PROVIDER', 'STORE_CREDIT', 'GIFT_CARD', 'MANUFACTURER_COUPON', 'OTHER')),
    provider text NOT NULL DEFAULT '',
    amount bigint NOT NULL,
    reference text NOT NULL DEFAULT '',
    -- the provider's own word for why
    code text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    PRIMARY KEY (order_id, tender_no, entry, key)
);
CREATE INDEX order_tenders_by_reference ON order_tenders (reference) WHERE reference <> '';

-- Costs nothing on the way in: it fires only for what must never happen.
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a journal: entries are added, never changed', tg_table_name;
END
$$;
CREATE TRIGGER order_tenders_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_tenders
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
