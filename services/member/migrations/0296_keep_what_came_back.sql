-- migrate:up

-- A return may be told in parts, each with units of its own: their keys begin with the refund, and its answer is the sum
-- of what they gave back.
ALTER TABLE value_returns ADD COLUMN back bigint NOT NULL DEFAULT 0;
UPDATE value_returns SET back = amount WHERE settled;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX value_returns_of_refund ON value_returns (order_id, refund_id) WHERE refund_id <> '';

-- Of a good sold by measure, how much nobody will hand over; 0 where pieces were given up.
ALTER TABLE cancelled_units ADD COLUMN measure bigint NOT NULL DEFAULT 0;

-- migrate:down
