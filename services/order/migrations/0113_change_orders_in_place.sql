-- migrate:up

-- An index that names the state made every change of it a new entry in all the others. Open orders are found by their
-- checkouts; only the hourly proof looks for them here, and it reads all orders anyway.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX orders_open;

-- migrate:down
