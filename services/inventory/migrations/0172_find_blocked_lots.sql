-- migrate:up

-- Pages of lots that may not be sold, for tills: few among all that were ever named.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX lots_blocked ON lots (sku, lot, serial) WHERE state <> 'GOOD';

-- migrate:down
