-- migrate:up

-- What a store has not and asks other places to send: its own task, the units, and what became of it.
CREATE TABLE pickup_transfers (
    transfer_id uuid PRIMARY KEY,
    -- the store's task
    fulfilment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    location_id text NOT NULL,
    line_nos int[] NOT NULL CHECK (cardinality(line_nos) > 0),
    -- of each line
    quantities bigint[] NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('ASKED', 'SENT', 'REFUSED', 'CALLED_OFF')),
    -- until when it should be there, as its shopper was told
    promise_time timestamptz,
    -- the tasks of those who send it
    sent_fulfilment_ids uuid[] NOT NULL DEFAULT '{}',
    -- that told of it
    event_id uuid,
    business_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    CHECK (cardinality(quantities) = cardinality(line_nos)),
    CHECK ((state = 'SENT') = (promise_time IS NOT NULL)),
    CHECK ((state = 'SENT') = (event_id IS NOT NULL)),
    CHECK ((state = 'SENT') = (sent_fulfilment_ids <> '{}'))
) WITH (fillfactor = 80);
CREATE INDEX pickup_transfers_of_task ON pickup_transfers (fulfilment_id, business_time DESC);
-- one at a time
CREATE UNIQUE INDEX pickup_transfers_asked ON pickup_transfers (fulfilment_id) WHERE state = 'ASKED';

-- what a store lists as handed over, the latest first
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX fulfilments_handed_over ON fulfilments (location_id, version)
    WHERE method = 'COLLECT' AND state = 'HANDED_OVER';

-- migrate:down
