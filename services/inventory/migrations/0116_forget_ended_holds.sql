-- migrate:up

-- Ended holds by age, for the sweep that forgets them.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX holds_ended ON holds (end_time) WHERE state <> 'ACTIVE' AND NOT cancelled;

-- migrate:down
