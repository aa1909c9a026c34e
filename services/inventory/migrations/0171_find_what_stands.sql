-- migrate:up

-- Pages of lots that stand somewhere, among many serials that were sold. Nothing was released before: few rows are there.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX lot_levels_standing ON lot_levels (sku, location_id, lot, serial) WHERE on_hand <> 0 OR put_aside <> 0;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX lot_levels_here;

-- migrate:down
