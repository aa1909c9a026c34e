-- migrate:up

-- Units of a line that nobody will hand over; the rest of its order goes on. Nothing was released before: no table is
-- long yet.
-- squawk-ignore adding-field-with-default
ALTER TABLE allocations ADD COLUMN ended bigint NOT NULL DEFAULT 0;
ALTER TABLE allocations ALTER COLUMN open SET EXPRESSION AS (
    CASE WHEN cancelled THEN 0 ELSE greatest(0, coalesce(quantity, 0) - ended - handed_over) END
);
ALTER TABLE allocations ALTER COLUMN movable SET EXPRESSION AS (
    CASE
        WHEN cancelled OR pool_id = '' THEN 0
        ELSE greatest(0, coalesce(quantity, 0) - ended - greatest(routed, handed_over))
    END
);

-- Who said so: order, by units, each once; or sourcing, which gives up so many of a line (first_unit -1) before order
-- says which they are. So what is ended of a line is the greater of both.
CREATE TABLE ended_units (
    order_id text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    -- of a kit, a part
    sku text COLLATE "C" NOT NULL,
    first_unit bigint NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    -- the same in units of the line
    units bigint NOT NULL CHECK (units > 0),
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, sku, first_unit)
);

-- migrate:down
