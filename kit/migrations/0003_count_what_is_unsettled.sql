-- migrate:up

-- What a service still has to do by itself, beside its outbox, inbox and timers: a service with such work replaces the
-- function. Who waits for quiet asks it from outside, with the business time.
CREATE FUNCTION unsettled(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$;

-- migrate:down
