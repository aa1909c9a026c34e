-- migrate:up

-- Collected lines that their store cannot give: they wait for the shopper, whatever becomes of what is shipped.
ALTER TABLE sourcing_orders ADD COLUMN pickup_rejected int [] NOT NULL DEFAULT '{}';
-- before anybody runs it in earnest: what was rejected before is looked at by headquarters in the same queue
UPDATE sourcing_orders SET
    pickup_rejected = ARRAY(
        SELECT (line ->> 0)::int FROM jsonb_array_elements(wanted -> 'lines') AS line WHERE line ->> 4 = 'COLLECT'
    ),
    state = CASE
        WHEN EXISTS (
            SELECT 1 FROM jsonb_array_elements(wanted -> 'lines') AS line
            WHERE line ->> 4 = 'SHIP' AND line ->> 5 = ''
        ) THEN 'UNPLACED' ELSE 'PINNED' END
WHERE state = 'PICKUP_REJECTED';
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX sourcing_orders_waiting;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sourcing_orders_waiting ON sourcing_orders (order_time, order_id)
WHERE state = 'UNPLACED' OR pickup_rejected <> '{}';
-- for the proof that nothing of theirs is kept
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sourcing_orders_given_up ON sourcing_orders (order_id) WHERE state = 'GIVEN_UP';

-- migrate:down
