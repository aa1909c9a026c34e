-- migrate:up

-- Every change of a price, and of a list's head where sku is empty: append-only.
CREATE TABLE price_changes (
    change_id uuid PRIMARY KEY DEFAULT uuidv7(),
    price_list_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    -- null: it had no price in the list, or was taken out of it
    amount_before bigint,
    amount bigint,
    head jsonb,
    version bigint NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE INDEX price_changes_of_sku ON price_changes (sku, change_id DESC);
CREATE INDEX price_changes_of_list ON price_changes (price_list_id, change_id DESC);
CREATE TRIGGER price_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_changes
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
