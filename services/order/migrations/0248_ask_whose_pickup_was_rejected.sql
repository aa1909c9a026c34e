-- migrate:up

-- The brand's terms of what happens when a store cannot have ready what was to be collected there; the newest holds.
CREATE TABLE pickup_policies (
    version bigint PRIMARY KEY,
    -- whether a store's no asks the shopper
    ask boolean NOT NULL,
    hours int NOT NULL CHECK (hours BETWEEN 1 AND 720),
    -- what follows if he does not choose
    otherwise text NOT NULL CHECK (otherwise IN ('SHIP', 'CANCEL')),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- A question to a shopper: what of his order lacks where, and what he chose. Asked once for each rejected task's lines.
CREATE TABLE pickup_choices (
    choice_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    order_no text NOT NULL,
    -- the store that cannot
    location_id text NOT NULL,
    line_nos int[] NOT NULL CHECK (cardinality(line_nos) > 0),
    state text NOT NULL CHECK (state IN ('ASKED', 'MOVING', 'SETTLED')),
    deadline_time timestamptz NOT NULL,
    otherwise text NOT NULL CHECK (otherwise IN ('SHIP', 'CANCEL')),
    -- what was chosen; empty while he is asked
    chosen text NOT NULL DEFAULT '' CHECK (chosen IN ('', 'COLLECT', 'SHIP', 'SPLIT', 'CANCEL')),
    target_location_id text NOT NULL DEFAULT '',
    -- of a split, the lines that are collected there
    target_line_nos int[] NOT NULL DEFAULT '{}',
    contact_id text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    CHECK ((state = 'ASKED') = (chosen = ''))
) WITH (fillfactor = 80);
CREATE INDEX pickup_choices_of_order ON pickup_choices (order_id, business_time DESC);

-- migrate:down
