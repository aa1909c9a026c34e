-- migrate:up

-- Whose till had goods held for a sale that is not closed yet; stock is held under the same id. Rows of a till go a day
-- after they ran out, when it asks for the next.
CREATE TABLE counter_holds (
    sale_id uuid PRIMARY KEY,
    location_id text NOT NULL,
    terminal_id text NOT NULL,
    -- until then it is open, unless its sale has come
    expire_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX counter_holds_of_terminal ON counter_holds (terminal_id, expire_time);

-- migrate:down
