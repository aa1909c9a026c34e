-- migrate:up

-- Goods of a store that somebody reserved to try on; stock is held under the same id.
CREATE TABLE tryouts (
    tryout_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    location_id text NOT NULL,
    -- ASKED: nobody knows yet whether stock could be held
    state text NOT NULL CHECK (state IN ('ASKED', 'HELD', 'ARRIVED', 'TRYING', 'CONVERTED', 'RELEASED')),
    -- [[sku, name, quantity, kept], ...]
    lines jsonb NOT NULL,
    expire_time timestamptz NOT NULL,
    -- the sale that took what was kept
    sale_id uuid,
    reason text NOT NULL DEFAULT '',
    version bigint NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    CHECK ((state = 'CONVERTED') = (sale_id IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX tryouts_of_member ON tryouts (member_id, create_time DESC, tryout_id DESC);
CREATE INDEX tryouts_of_location ON tryouts (location_id, create_time DESC, tryout_id DESC);

-- Every step, for good.
CREATE TABLE tryout_steps (
    tryout_id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tryout_id, version)
);

-- migrate:down
