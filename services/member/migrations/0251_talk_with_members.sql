-- migrate:up

-- One thread with one person through one channel. member_id is the id under which it began: a member's, or that of a
-- person whom nobody knows yet, which becomes an alias of the member who turns out to be him.
-- state: 1 open, 2 closed. queue: 1 one staff member, 2 a store, 3 customer service.
CREATE TABLE conversations (
    conversation_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    channel text NOT NULL,
    -- HMAC of the address that writes here; null when the address has become somebody else's
    door bytea UNIQUE,
    -- where replies go, under the key of member_id
    address_sealed bytea,
    state smallint NOT NULL,
    queue smallint NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    version bigint NOT NULL,
    last_sequence bigint NOT NULL,
    -- of the last reply: whoever has not seen it must not answer
    reply_sequence bigint NOT NULL DEFAULT 0,
    open_time timestamptz NOT NULL,
    last_time timestamptz NOT NULL,
    waiting_since timestamptz,
    -- how many have been asked to answer what waits
    level smallint NOT NULL DEFAULT 0,
    -- who waits longest comes first
    rank timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(waiting_since, 'infinity'::timestamptz)) STORED,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX conversations_of_member ON conversations (member_id, rank, conversation_id);
CREATE INDEX conversations_of_staff ON conversations (staff_code, rank, conversation_id);
CREATE INDEX conversations_of_location ON conversations (location_id, rank, conversation_id);
CREATE INDEX conversations_by_rank ON conversations (state, rank, conversation_id);

-- What was said, noted and handed over, numbered without gap.
-- kind: 1 inbound, 2 reply, 3 note, 4 handover, 5 closed. delivery: 0 none, 1 waiting, 2 sent, 3 refused.
CREATE TABLE conversation_entries (
    conversation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    entry_id uuid NOT NULL UNIQUE,
    kind smallint NOT NULL,
    form smallint NOT NULL,
    text_sealed bytea,
    unsent boolean NOT NULL DEFAULT false,
    staff_code text NOT NULL DEFAULT '',
    location_id text NOT NULL DEFAULT '',
    to_queue smallint NOT NULL DEFAULT 0,
    to_staff_code text NOT NULL DEFAULT '',
    to_location_id text NOT NULL DEFAULT '',
    -- the provider's own id of the message
    provider_ref text NOT NULL DEFAULT '',
    delivery smallint NOT NULL DEFAULT 0,
    delivery_code text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, sequence)
) WITH (fillfactor = 90);
CREATE INDEX conversation_entries_by_provider ON conversation_entries (provider_ref) WHERE provider_ref <> '';

-- Shoppers who wait too long. state: 1 open, 2 done, 3 escalated.
CREATE TABLE conversation_tasks (
    task_id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL,
    state smallint NOT NULL,
    level smallint NOT NULL,
    queue smallint NOT NULL,
    staff_code text NOT NULL,
    location_id text NOT NULL,
    waiting_since timestamptz NOT NULL,
    raise_time timestamptz NOT NULL,
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX conversation_tasks_open ON conversation_tasks (conversation_id) WHERE state = 1;
CREATE INDEX conversation_tasks_of_staff ON conversation_tasks (staff_code, state, task_id);
CREATE INDEX conversation_tasks_of_location ON conversation_tasks (location_id, state, task_id);
CREATE INDEX conversation_tasks_by_state ON conversation_tasks (state, task_id);

-- migrate:down
