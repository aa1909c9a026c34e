-- migrate:up

-- Rights: whatever the owner role makes from here on, the service's role may read and write but not alter.
-- By convention omo_<service>_owner migrates and omo_<service> runs.
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role = current_user OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        RAISE NOTICE 'no service role beside %: nothing granted', current_user;
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', service_role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service_role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO %I', service_role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO %I', service_role);
    -- the runner's book is no business of the service
    EXECUTE format('REVOKE ALL ON TABLE schema_migrations FROM %I', service_role);
END
$$;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Events of this service, written in the transaction of the change they tell, published by the relay.
CREATE TABLE outbox (
    record_time timestamptz NOT NULL DEFAULT now(),
    event_id uuid NOT NULL,
    aggregate_id text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    business_time timestamptz,
    traceparent text NOT NULL,
    payload bytea NOT NULL,
    published_time timestamptz,
    PRIMARY KEY (event_id, record_time)
) PARTITION BY RANGE (record_time);
-- the relay's only question; as good as empty while the relay keeps up
CREATE INDEX outbox_unpublished ON outbox (record_time, event_id) WHERE published_time IS NULL;
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- Which incarnation of its stream the outbox was published to: another one means that the broker lost its store.
CREATE TABLE outbox_stream (
    stream text PRIMARY KEY,
    created_time timestamptz NOT NULL
);

-- Makes the day partitions of the coming week and drops those whose last row is a week old and published.
CREATE FUNCTION outbox_maintain() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    today date := current_date;
    day date;
    name text;
    pending boolean;
BEGIN
    FOR day IN SELECT today + step FROM generate_series(0, 7) AS step LOOP
        name := 'outbox_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            -- made alone and then attached: CREATE ... PARTITION OF would lock all of the outbox
            EXECUTE format('CREATE TABLE public.%I (LIKE public.outbox INCLUDING ALL) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)', name);
            EXECUTE format('ALTER TABLE public.outbox ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                           name, day::timestamptz, (day + 1)::timestamptz);
        EXCEPTION
            -- check_violation: rows of that day are in the default partition, because nobody came by for a week;
            -- the others: another replica is making the same partition
            WHEN check_violation OR duplicate_table OR unique_violation OR duplicate_object THEN NULL;
        END;
    END LOOP;

    FOR name IN
        SELECT child.relname FROM pg_inherits
          JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
         WHERE pg_inherits.inhparent = 'public.outbox'::regclass
           AND child.relname ~ '^outbox_[0-9]{8}$'
           AND to_date(right(child.relname, 8), 'YYYYMMDD') < today - 7
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE published_time IS NULL)', name) INTO pending;
        IF NOT pending THEN
            EXECUTE format('DROP TABLE IF EXISTS public.%I', name);
        END IF;
    END LOOP;
    DELETE FROM public.outbox_default WHERE published_time < now() - interval '7 days';
END
$$;
SELECT outbox_maintain();

-- Events that a consumer has taken: the claim and the effect commit together.
CREATE TABLE inbox (
    event_id uuid NOT NULL,
    consumer text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, consumer)
);
CREATE INDEX inbox_age ON inbox (record_time);

-- Events that a consumer could not take; a person replays them.
CREATE TABLE dead_letters (
    event_id uuid NOT NULL,
    consumer text NOT NULL,
    stream text NOT NULL,
    subject text NOT NULL,
    payload bytea NOT NULL,
    deliveries bigint NOT NULL,
    error text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    replay_asked_time timestamptz,
    replayed_time timestamptz,
    PRIMARY KEY (event_id, consumer)
);
CREATE INDEX dead_letters_asked ON dead_letters (consumer, replay_asked_time)
    WHERE replay_asked_time IS NOT NULL AND replayed_time IS NULL;

-- Work that falls due: due_time is business time, lease_until is the database's.
CREATE TABLE timers (
    key text NOT NULL,
    kind text NOT NULL,
    due_time timestamptz NOT NULL,
    next_time timestamptz NOT NULL,
    payload bytea NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    fence bigint NOT NULL,
    lease_until timestamptz,
    needs_attention boolean NOT NULL DEFAULT false,
    last_error text,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key, kind)
) WITH (fillfactor = 80);
CREATE INDEX timers_due ON timers (next_time) WHERE NOT needs_attention;
CREATE INDEX timers_stuck ON timers (kind, key) WHERE needs_attention;

-- Answers to unsafe requests, so that asking again does nothing again.
CREATE TABLE requests (
    request_id text NOT NULL,
    principal text NOT NULL,
    rpc text NOT NULL,
    fingerprint bytea NOT NULL,
    aggregate_id text NOT NULL DEFAULT '',
    answer bytea,
    for_ever boolean NOT NULL DEFAULT false,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, principal, rpc)
) WITH (fillfactor = 80);
CREATE INDEX requests_age ON requests (record_time) WHERE NOT for_ever;

-- Facts from devices: contiguous per (source, lane).
CREATE TABLE lane_heads (
    source text NOT NULL,
    lane text NOT NULL,
    durable_ack bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (source, lane)
) WITH (fillfactor = 50);
CREATE TABLE lane_facts (
    source text NOT NULL,
    lane text NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, lane, sequence)
);
CREATE TABLE lane_conflicts (
    source text NOT NULL,
    lane text NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    payload bytea,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, lane, sequence, hash)
);

-- migrate:down
