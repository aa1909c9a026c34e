-- migrate:up

-- A SKU's assortment as a whole: its version outlives its last entry.
CREATE TABLE assortments (
    sku text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- What it says of one channel or one place; what it does not name is decided by that channel or place.
CREATE TABLE assortment_entries (
    sku text COLLATE "C" NOT NULL,
    scope text NOT NULL CHECK (scope IN ('CHANNEL', 'LOCATION')),
    scope_id text COLLATE "C" NOT NULL,
    published_time timestamptz,
    unpublished_time timestamptz,
    withheld boolean NOT NULL DEFAULT false,
    PRIMARY KEY (sku, scope, scope_id)
);
CREATE INDEX assortment_entries_of_scope ON assortment_entries (scope_id, scope, sku);

-- migrate:down
