-- migrate:up

-- A line that is a kit moves each of its parts once. Nothing was released before: no journal is long yet.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX movements_once;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX movements_once ON movements (source_id, line_no, kind, first_unit, sku) WHERE line_no > 0;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX variants_of_kits ON variants (sku) WHERE components <> '[]';

-- migrate:down
