-- migrate:up

-- A promise may stand at several locations, and a kit is promised in its parts: a line has a row for each.
-- Nothing was released before: no table is long yet.
ALTER TABLE hold_lines
    -- the channel whose locations may serve it; empty where the location was named
    ADD COLUMN pool_id text COLLATE "C" NOT NULL DEFAULT '',
    -- the kit that the line asked for
    ADD COLUMN kit_sku text COLLATE "C" NOT NULL DEFAULT '',
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT hold_lines_pkey,
    -- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid
    ADD PRIMARY KEY (hold_id, line_no, sku, location_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX hold_lines_open ON hold_lines (sku, location_id) WHERE active AND pool_id <> '';

ALTER TABLE allocations
    ADD COLUMN pool_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN kit_sku text COLLATE "C" NOT NULL DEFAULT '',
    -- units that this location was told to serve, which binds them to it; they are the first to leave
    ADD COLUMN routed bigint NOT NULL DEFAULT 0,
    -- locations that refused it
    ADD COLUMN excluded text[] NOT NULL DEFAULT '{}',
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT allocations_pkey,
    -- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid
    ADD PRIMARY KEY (order_id, line_no, sku, location_id);
-- units that may stand elsewhere as well: open, of a pool, and not routed
-- squawk-ignore adding-field-with-default
ALTER TABLE allocations ADD COLUMN movable bigint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN cancelled OR pool_id = '' THEN 0
         ELSE greatest(0, coalesce(quantity, 0) - greatest(routed, handed_over)) END) STORED;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX allocations_movable ON allocations (sku, location_id) WHERE movable > 0;

-- a few hundred rows each: nobody waits for it
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX location_groups_of_channel ON location_groups (channel_id) WHERE kind = 'CHANNEL';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX locations_shipping ON locations (location_id) WHERE active AND ships AND kind <> 'VIRTUAL';

-- migrate:down
