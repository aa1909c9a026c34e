-- migrate:up

-- Who said a second time that he has a serial, for when the first one has it no more.
-- few have serials yet: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX unit_serials_beside ON unit_serials (sku, serial) WHERE NOT is_out AND return_id IS NULL;

-- migrate:down
