-- migrate:up

-- Orders of guests, by the guest who made them, until they are a member's: as good as empty beside the others.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX orders_of_guest ON orders (actor_id) WHERE actor_kind = 'guest' AND member_id IS NULL;

-- When somebody in a network named secrets of orders that there are not; the scope is a keyed hash.
CREATE TABLE guest_misses (
    scope bytea PRIMARY KEY,
    times timestamptz[] NOT NULL,
    last_time timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX guest_misses_by_time ON guest_misses (last_time);

-- migrate:down
