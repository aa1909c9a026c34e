-- migrate:up

-- A hold is named by its order. state: 1 active, 2 committed, 3 released (a release that comes first leaves a tombstone).
CREATE TABLE points_holds (
    hold_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    state smallint NOT NULL,
    points bigint NOT NULL CHECK (points >= 0),
    value bigint NOT NULL,
    lot_ids uuid[] NOT NULL,
    lot_points bigint[] NOT NULL,
    reason text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX points_holds_active ON points_holds (member_id) WHERE state = 1;

-- What a member would like to have, and who put it there.
CREATE TABLE wishes (
    member_id uuid NOT NULL,
    sku text NOT NULL,
    add_time timestamptz NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    note text NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (member_id, sku)
);

-- The sequence of a member's wish events.
CREATE TABLE wish_heads (
    member_id uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- Which SKUs exist, copied from inventory's events.
CREATE TABLE known_skus (
    sku text PRIMARY KEY,
    product_id text NOT NULL,
    version bigint NOT NULL
);

-- migrate:down
