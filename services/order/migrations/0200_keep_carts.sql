-- migrate:up

-- What somebody wants, before it is an order. A member has one that is ACTIVE under each id that ever meant him; who
-- reads them joins what mergers put together. A cart of nobody is reached by its id, which cannot be guessed.
CREATE TABLE carts (
    cart_id uuid PRIMARY KEY,
    member_id uuid,
    state text NOT NULL CHECK (state IN ('ACTIVE', 'ORDERED', 'MERGED', 'REPLACED')),
    version bigint NOT NULL,
    channel_id text NOT NULL,
    location_id text NOT NULL,
    -- lines, codes, refused gifts, spends, delivery, freeze
    contents jsonb NOT NULL,
    -- who works on it, by the database's clock
    lock_client text NOT NULL DEFAULT '',
    lock_until timestamptz,
    -- the request that makes an order of it; until that has one, it counts as running as long as this
    checkout_principal text NOT NULL DEFAULT '',
    checkout_request text NOT NULL DEFAULT '',
    checkout_until timestamptz,
    order_id text NOT NULL DEFAULT '',
    merged_into uuid,
    -- business time of the last change
    change_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX carts_of_member ON carts (member_id) WHERE state = 'ACTIVE' AND member_id IS NOT NULL;
CREATE INDEX carts_of_person ON carts (member_id) WHERE member_id IS NOT NULL;
-- what ends by itself: carts of nobody, and those that are over
CREATE INDEX carts_idle ON carts (change_time) WHERE member_id IS NULL OR state <> 'ACTIVE';
CREATE INDEX carts_in_checkout ON carts (checkout_until) WHERE checkout_request <> '';

-- Codes that somebody took a cart by: each once.
CREATE TABLE cart_codes (
    nonce bytea PRIMARY KEY,
    cart_id uuid NOT NULL,
    taken_by text NOT NULL,
    expire_time timestamptz NOT NULL
);
CREATE INDEX cart_codes_by_expiry ON cart_codes (expire_time);

-- What a member is about to buy under a purchase limit, until his order is there to be counted.
CREATE TABLE limit_claims (
    member_id uuid NOT NULL,
    limit_id text NOT NULL,
    order_id uuid NOT NULL,
    units bigint NOT NULL,
    claim_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, limit_id, order_id)
);
CREATE INDEX limit_claims_by_time ON limit_claims (claim_time);

-- migrate:down
