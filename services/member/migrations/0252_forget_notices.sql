-- migrate:up

-- Notices are remembered for as long as a provider may repeat them, and longer than one may be old.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX channel_notices_age ON channel_notices (record_time);

-- migrate:down
