-- migrate:up

-- Changes of confirmed orders. One that adds something is a saga: what is added is placed first, and the change is
-- applied when that is promised.
CREATE TABLE order_edits (
    edit_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('PLACING', 'UNDOING', 'APPLIED', 'REFUSED')),
    seen_version bigint NOT NULL,
    fingerprint bytea NOT NULL,
    -- the request, as it came
    asked bytea NOT NULL,
    added_order_id uuid,
    charged bigint NOT NULL DEFAULT 0 CHECK (charged >= 0),
    released bigint NOT NULL DEFAULT 0 CHECK (released >= 0),
    points_returned bigint NOT NULL DEFAULT 0 CHECK (points_returned >= 0),
    -- why it was refused
    cause jsonb,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX order_edits_of_order ON order_edits (order_id, business_time, edit_id);
CREATE UNIQUE INDEX order_edits_running ON order_edits (order_id) WHERE state IN ('PLACING', 'UNDOING');

-- Whether and how long shoppers change their orders themselves, by version; the newest counts.
CREATE TABLE order_edit_policies (
    version bigint PRIMARY KEY,
    shoppers boolean NOT NULL,
    minutes int NOT NULL CHECK (minutes >= 0),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER order_edit_policies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_edit_policies
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
