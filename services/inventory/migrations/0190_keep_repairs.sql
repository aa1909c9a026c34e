-- migrate:up

-- What operators changed in the stock books by hand, with what was before: append-only.
CREATE TABLE stock_repairs (
    repair_id uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text NOT NULL CHECK (kind IN ('LEVEL', 'HOLD', 'PROMISES')),
    subject text COLLATE "C" NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    reason text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE TRIGGER stock_repairs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_repairs
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
