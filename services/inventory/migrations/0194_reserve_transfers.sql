-- migrate:up

-- The order that a transfer is reserved for, all the way: what leaves is taken from what the order was promised at the
-- source, and what arrives is promised to it at the destination. Empty: nobody's.
ALTER TABLE transfers ADD COLUMN order_id text NOT NULL DEFAULT '';

-- migrate:down
