-- migrate:up

-- Which decision chose the place; empty where the order named it. A place that was chosen twice for one line was chosen
-- by two decisions, and whoever works there has two tasks.
ALTER TABLE sourcing_assignments ADD COLUMN decision_id text COLLATE "C" NOT NULL DEFAULT '';
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore ban-drop-constraint
ALTER TABLE sourcing_assignments DROP CONSTRAINT sourcing_assignments_pkey;
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
ALTER TABLE sourcing_assignments ADD PRIMARY KEY (order_id, line_no, location_id, decision_id);

-- What stores refused, by the fulfilment that they refused; it may be told before the order is.
CREATE TABLE sourcing_refusals (
    order_id text COLLATE "C" NOT NULL,
    fulfilment_id text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    line_nos int [] NOT NULL,
    reason text NOT NULL,
    -- whether it was acted on
    done boolean NOT NULL DEFAULT false,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, fulfilment_id)
);

-- migrate:down
