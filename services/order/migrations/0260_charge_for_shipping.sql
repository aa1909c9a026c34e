-- migrate:up

-- What bringing goods costs, by version; the newest counts.
CREATE TABLE shipping_fees (
    version bigint PRIMARY KEY,
    terms jsonb NOT NULL,
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER shipping_fees_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON shipping_fees
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- What bringing an order's shipped lines costs: one fee for all of them, taken with the first that is sent.
CREATE TABLE order_freight (
    order_id uuid PRIMARY KEY,
    line_nos int[] NOT NULL,
    -- what the shopper pays for it
    total bigint NOT NULL CHECK (total >= 0),
    charge jsonb NOT NULL,
    state text NOT NULL DEFAULT 'OWED' CHECK (state IN ('OWED', 'CHARGED', 'RELEASED', 'REFUNDED')),
    -- with which task it was taken, and with which return it came back
    fulfilment_id uuid,
    return_id uuid,
    CHECK ((fulfilment_id IS NOT NULL) = (state IN ('CHARGED', 'REFUNDED'))),
    CHECK ((return_id IS NOT NULL) = (state = 'REFUNDED'))
) WITH (fillfactor = 80);

-- Below 0: what bringing the goods had cost comes back with them.
ALTER TABLE refunds ADD COLUMN delivery bigint NOT NULL DEFAULT 0;

-- migrate:down
