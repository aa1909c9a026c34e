-- migrate:up

ALTER TABLE products ADD COLUMN media jsonb NOT NULL DEFAULT '[]';

-- What a kit is made of: [{"sku": …, "quantity": …}]; a kit has no stock of its own.
ALTER TABLE variants ADD COLUMN components jsonb NOT NULL DEFAULT '[]';

-- An unlimited day takes any number of orders; a place without hours is always open.
ALTER TABLE locations
    ADD COLUMN sellable boolean NOT NULL DEFAULT true,
    ADD COLUMN latitude double precision,
    ADD COLUMN longitude double precision,
    ADD COLUMN hours jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN special_days jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN daily_order_capacity bigint,
    ADD COLUMN franchise boolean NOT NULL DEFAULT false,
    ADD COLUMN web_orders_opt_in boolean NOT NULL DEFAULT false,
    ADD COLUMN listed_only boolean NOT NULL DEFAULT false;
-- a few hundred rows: nobody waits for it
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX locations_by_group ON locations USING gin (groups);

ALTER TABLE channels ADD COLUMN listed_only boolean NOT NULL DEFAULT false;

-- What a group code that locations name is for.
CREATE TABLE location_groups (
    group_id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('PICKUP', 'SAME_DAY', 'BROKERING', 'CHANNEL', 'OTHER')),
    name text NOT NULL,
    names jsonb NOT NULL DEFAULT '{}',
    channel_id text NOT NULL DEFAULT '',
    version bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- migrate:down
