-- migrate:up

-- Guests' orders that still tell of somebody: what is forgotten is in it no more.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX orders_of_guests_by_time ON orders (business_time)
    WHERE actor_kind = 'guest' AND member_id IS NULL AND contact_id <> '';

-- migrate:down
