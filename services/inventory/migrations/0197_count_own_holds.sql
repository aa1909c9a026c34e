-- migrate:up

-- The cart holds that a shopper has, to be counted when he asks for another.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX holds_of_members ON holds (member_id) WHERE state = 'ACTIVE' AND expire_time IS NOT NULL;

-- migrate:down
