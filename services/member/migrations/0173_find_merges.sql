-- migrate:up

-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX merges_of_absorbed ON merges (absorbed_id, business_time DESC);

-- migrate:down
