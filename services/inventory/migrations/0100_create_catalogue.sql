-- migrate:up

-- One row that every change of the catalogue locks first: changes become visible in the order of their versions, and
-- no two of them can meet over a SKU or a barcode.
CREATE TABLE catalogue_head (
    name text PRIMARY KEY,
    version bigint NOT NULL
);
INSERT INTO catalogue_head (name, version) VALUES ('catalogue', 0);

-- What shoppers think of as one thing. Codes are the brand's own and never change; keys compare by byte everywhere,
-- so that the order of locks is the same in the database and outside of it.
CREATE TABLE products (
    product_id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    names jsonb NOT NULL DEFAULT '{}',
    brand text NOT NULL DEFAULT '',
    categories text[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    active boolean NOT NULL,
    -- made for a SKU that a store sold before anybody described it
    placeholder boolean NOT NULL DEFAULT false,
    version bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- What is sold: one row for each SKU. A SKU stays with its product; only a placeholder gives one up.
CREATE TABLE variants (
    sku text COLLATE "C" PRIMARY KEY,
    product_id text COLLATE "C" NOT NULL,
    position int NOT NULL,
    title text NOT NULL DEFAULT '',
    options jsonb NOT NULL DEFAULT '{}',
    barcodes text[] NOT NULL DEFAULT '{}',
    base_unit text NOT NULL,
    scale bigint NOT NULL CHECK (scale > 0),
    by_measure boolean NOT NULL DEFAULT false,
    tax_class text NOT NULL DEFAULT '',
    unit_cost bigint NOT NULL DEFAULT 0,
    active boolean NOT NULL
);
CREATE INDEX variants_of_product ON variants (product_id, position);

-- A barcode names at most one SKU.
CREATE TABLE barcodes (
    barcode text COLLATE "C" PRIMARY KEY,
    sku text COLLATE "C" NOT NULL
);
CREATE INDEX barcodes_of_sku ON barcodes (sku);

-- A store is a location.
CREATE TABLE locations (
    location_id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('STORE', 'WAREHOUSE', 'OUTLET', 'VIRTUAL')),
    name text NOT NULL,
    names jsonb NOT NULL DEFAULT '{}',
    groups text[] NOT NULL DEFAULT '{}',
    time_zone text NOT NULL,
    address text NOT NULL DEFAULT '',
    pickup boolean NOT NULL,
    ships boolean NOT NULL,
    active boolean NOT NULL,
    placeholder boolean NOT NULL DEFAULT false,
    version bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

CREATE TABLE channels (
    channel_id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('ONLINE', 'STORE')),
    name text NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE tax_classes (
    tax_class text COLLATE "C" PRIMARY KEY,
    -- basis points
    rate_bp int NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    version bigint NOT NULL
);

CREATE TABLE price_lists (
    price_list_id text COLLATE "C" PRIMARY KEY,
    currency_code text NOT NULL,
    tax_included boolean NOT NULL,
    -- empty: for all
    channel_ids text[] NOT NULL DEFAULT '{}',
    location_ids text[] NOT NULL DEFAULT '{}',
    tiers text[] NOT NULL DEFAULT '{}',
    start_time timestamptz,
    end_time timestamptz,
    priority int NOT NULL DEFAULT 0,
    version bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- The price of `scale` base units, in minor units of the list's currency.
CREATE TABLE prices (
    price_list_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    version bigint NOT NULL,
    PRIMARY KEY (price_list_id, sku)
);

-- migrate:down
