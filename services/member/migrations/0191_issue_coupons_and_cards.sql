-- migrate:up

-- Campaigns of coupons; a coupon is a lot of value whose source is its campaign.
CREATE TABLE coupon_campaigns (
    campaign_id uuid PRIMARY KEY,
    name text NOT NULL,
    rule_id text NOT NULL,
    rule_version bigint NOT NULL,
    begin_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    valid_days integer NOT NULL CHECK (valid_days >= 0),
    limit_total bigint NOT NULL CHECK (limit_total >= 0),
    limit_member bigint NOT NULL CHECK (limit_member >= 0),
    claimable boolean NOT NULL,
    restores boolean NOT NULL,
    active boolean NOT NULL,
    issued bigint NOT NULL DEFAULT 0,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK (limit_total = 0 OR issued <= limit_total)
) WITH (fillfactor = 80);
CREATE INDEX coupon_campaigns_newest ON coupon_campaigns (business_time DESC, campaign_id DESC);

CREATE TABLE gift_card_batches (
    batch_id uuid PRIMARY KEY,
    name text NOT NULL,
    prefix text NOT NULL,
    count integer NOT NULL CHECK (count > 0),
    valid_days integer NOT NULL CHECK (valid_days >= 0),
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gift_card_batches_newest ON gift_card_batches (business_time DESC, batch_id DESC);

-- A card from its making on; from its sale on it is a lot of value with the card's own id. Codes are kept nowhere:
-- they follow from the batch, and are looked up by HMAC.
CREATE TABLE gift_cards (
    card_id uuid PRIMARY KEY,
    batch_id uuid NOT NULL,
    lookup bytea NOT NULL UNIQUE,
    ending text NOT NULL,
    sale_time timestamptz,
    order_id uuid,
    cancel_time timestamptz,
    reason text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX gift_cards_of_batch ON gift_cards (batch_id);

-- Goods that are paid for now and taken later: what can be bought.
CREATE TABLE prepaid_programs (
    program_id uuid PRIMARY KEY,
    name text NOT NULL,
    sku text NOT NULL,
    units bigint NOT NULL CHECK (units > 0),
    price bigint NOT NULL CHECK (price > 0),
    list_price bigint NOT NULL CHECK (list_price > 0),
    valid_days integer NOT NULL CHECK (valid_days > 0),
    upgrade_skus text[] NOT NULL,
    giftable boolean NOT NULL,
    invoice_timing smallint NOT NULL,
    active boolean NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- What was bought. Its units are lots of value whose source is the pack, the buyer's and those that he gave away.
CREATE TABLE prepaid_packs (
    pack_id uuid PRIMARY KEY,
    program_id uuid NOT NULL,
    -- by the id that he had then: whoever it means gets the refund
    buyer_id uuid NOT NULL,
    location_id text NOT NULL,
    order_id uuid,
    units bigint NOT NULL,
    paid bigint NOT NULL,
    list_price bigint NOT NULL,
    invoice_timing smallint NOT NULL,
    sale_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    refund bigint NOT NULL DEFAULT 0 CHECK (refund BETWEEN 0 AND paid),
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX prepaid_packs_ended ON prepaid_packs (expire_time);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX value_parts_taken ON value_parts (spend_time) WHERE kind = 5 AND state = 2;

-- Benefits that the brand gives: what for, and which rule they open.
CREATE TABLE benefit_programs (
    program_id uuid PRIMARY KEY,
    name text NOT NULL,
    occasion smallint NOT NULL,
    rule_id text NOT NULL,
    rule_version bigint NOT NULL,
    valid_days integer NOT NULL CHECK (valid_days > 0),
    tier text NOT NULL,
    min_spend bigint NOT NULL,
    limit_member integer NOT NULL,
    whole_month boolean NOT NULL,
    leap_day_early boolean NOT NULL,
    restores boolean NOT NULL,
    active boolean NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX benefit_programs_active ON benefit_programs (occasion) WHERE active;

-- Which month and which day somebody was born on, as digests: enough to find whom to give a gift to.
CREATE TABLE birthdays (
    member_id uuid PRIMARY KEY,
    month_lookup bytea NOT NULL,
    day_lookup bytea NOT NULL,
    change_time timestamptz NOT NULL
);
CREATE INDEX birthdays_of_month ON birthdays (month_lookup, member_id);
CREATE INDEX birthdays_of_day ON birthdays (day_lookup, member_id);

-- Who has bought in a store, and when first: what a mission asks when he comes to the app.
CREATE TABLE store_buyers (
    member_id uuid PRIMARY KEY,
    first_time timestamptz NOT NULL
);

-- Value that was handed to a terminal for a day, to be spent without a line; a hold keeps what is left of it.
CREATE TABLE offline_vouchers (
    voucher_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    terminal_id text NOT NULL,
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    amount bigint NOT NULL CHECK (amount > 0),
    settled bigint NOT NULL DEFAULT 0 CHECK (settled BETWEEN 0 AND amount),
    -- how often what is left was held anew: names the hold
    turn integer NOT NULL DEFAULT 0,
    expire_time timestamptz NOT NULL,
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX offline_vouchers_open ON offline_vouchers (member_id, terminal_id, kind) WHERE end_time IS NULL;

-- What sales said that they took of a voucher; over what was left is owed.
CREATE TABLE offline_voucher_uses (
    voucher_id uuid NOT NULL,
    order_id uuid NOT NULL,
    amount bigint NOT NULL,
    settled bigint NOT NULL,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (voucher_id, order_id)
);

-- migrate:down
