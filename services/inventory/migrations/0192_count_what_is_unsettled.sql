-- migrate:up

-- Goods that changed and were not looked at (a thousand at most; some are to be looked at later), and carts' holds whose time is over.
CREATE OR REPLACE FUNCTION unsettled(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (SELECT count(*) FROM (SELECT FROM availability_changes WHERE record_time <= clock_timestamp() LIMIT 1000) AS changes)
         + (SELECT count(*) FROM holds WHERE state = 'ACTIVE' AND expire_time IS NOT NULL AND expire_time <= at)
$$;

-- migrate:down
