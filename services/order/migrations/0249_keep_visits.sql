-- migrate:up

-- What one shopper did at one counter at once: units that came back, goods that he collected and left, what he took
-- instead, and the one difference that was charged or given back. Written once.
CREATE TABLE counter_visits (
    visit_id uuid PRIMARY KEY,
    location_id text NOT NULL,
    currency text NOT NULL,
    return_id uuid,
    returned_order_id uuid,
    fulfilment_id uuid,
    collected_order_id uuid,
    sale_id uuid,
    -- minor units
    returned_total bigint NOT NULL CHECK (returned_total >= 0),
    dropped_total bigint NOT NULL CHECK (dropped_total >= 0),
    sale_total bigint NOT NULL CHECK (sale_total >= 0),
    exchanged_total bigint NOT NULL CHECK (exchanged_total >= 0),
    charged_total bigint NOT NULL CHECK (charged_total >= 0),
    refunded_total bigint NOT NULL CHECK (refunded_total >= 0),
    -- secured for what was left behind, and not taken any more
    released_total bigint NOT NULL CHECK (released_total >= 0),
    staff_code text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    -- what is taken is paid by what came back and by what is charged, and by nothing twice
    CHECK (sale_total = exchanged_total + charged_total),
    CHECK (exchanged_total + refunded_total + released_total <= returned_total + dropped_total),
    CHECK (charged_total = 0 OR refunded_total = 0)
);
-- what waits is handed over once
CREATE UNIQUE INDEX counter_visits_of_fulfilment ON counter_visits (fulfilment_id) WHERE fulfilment_id IS NOT NULL;
CREATE INDEX counter_visits_of_sale ON counter_visits (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX counter_visits_of_return ON counter_visits (return_id) WHERE return_id IS NOT NULL;

-- migrate:down
