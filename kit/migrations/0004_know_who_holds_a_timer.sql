-- migrate:up

-- How often a timer was moved since somebody took its lease: the lease is his whose fence was `fence - moved`, until he
-- is done or it runs out, although only the newest schedule counts.
ALTER TABLE timers ADD COLUMN moved bigint NOT NULL DEFAULT 0;

-- migrate:down
