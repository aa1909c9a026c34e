-- migrate:up

-- Who has looked at what a till told of people, and what came of it; the facts themselves stay as they were told.
CREATE TABLE people_reviews (
    terminal_id text NOT NULL,
    sequence bigint NOT NULL,
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (terminal_id, sequence)
);

-- migrate:down
