-- migrate:up

-- Copies of other services' truths, each taken from events that carry full state and a version. `head` says at which
-- step of reference_head a row changed, so that a process refreshes what it holds in memory and nothing else.
CREATE TABLE reference_head (
    name text PRIMARY KEY CHECK (name = 'reference'),
    head bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO reference_head (name, head) VALUES ('reference', 0);

CREATE TABLE variants (
    sku text PRIMARY KEY,
    product_id text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    scale bigint NOT NULL,
    by_measure boolean NOT NULL,
    tax_class text NOT NULL,
    brand text NOT NULL,
    -- wide to narrow, and the tags, each divided by line feeds
    categories text NOT NULL,
    tags text NOT NULL,
    active boolean NOT NULL,
    placeholder boolean NOT NULL,
    head bigint NOT NULL
);
CREATE INDEX variants_of_product ON variants (product_id);
CREATE INDEX variants_by_head ON variants (head);

CREATE TABLE prices (
    sku text NOT NULL,
    price_list_id text NOT NULL,
    -- null: taken out of the list
    amount bigint,
    version bigint NOT NULL,
    head bigint NOT NULL,
    PRIMARY KEY (sku, price_list_id)
);
CREATE INDEX prices_by_head ON prices (head);

CREATE TABLE price_lists (
    price_list_id text PRIMARY KEY,
    currency text NOT NULL,
    tax_included boolean NOT NULL,
    channels text[] NOT NULL,
    locations text[] NOT NULL,
    tiers text[] NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    priority int NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE locations (
    location_id text PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    pickup boolean NOT NULL,
    ships boolean NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE channels (
    channel_id text PRIMARY KEY,
    kind text NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE tax_classes (
    tax_class text PRIMARY KEY,
    rate_bp int NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE staff_codes (
    staff_code text PRIMARY KEY,
    home_location_id text NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);

-- Whom we have heard of, with the tier that prices ask for.
CREATE TABLE member_tiers (
    member_id uuid PRIMARY KEY,
    tier text NOT NULL,
    version bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE program (
    name text PRIMARY KEY CHECK (name = 'program'),
    point_value bigint NOT NULL,
    version bigint NOT NULL
);

-- migrate:down
