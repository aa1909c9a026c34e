-- migrate:up

-- Numbers of tills' blocks that were drawn and stand on no invoice, such as on paper that was torn: nobody issues them.
CREATE TABLE invoice_spoiled (
    period int NOT NULL,
    number text NOT NULL CHECK (number ~ '^[A-Z]{2}[0-9]{8}$'),
    block_id uuid NOT NULL,
    location_id text NOT NULL,
    terminal_id text NOT NULL,
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    PRIMARY KEY (period, number)
);

-- migrate:down
