-- migrate:up

-- The brand's terms of electronic invoices; the highest version holds.
CREATE TABLE invoice_terms (
    version bigint PRIMARY KEY,
    terms jsonb NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);

-- Runs of numbers, each drawn from by one place. `span` gives every number of every period one number of its own, so
-- that no number can be in two blocks.
CREATE TABLE invoice_blocks (
    block_id uuid PRIMARY KEY,
    -- by its first month, such as 202611
    period int NOT NULL,
    track text NOT NULL,
    first_number int NOT NULL,
    last_number int NOT NULL,
    -- empty: online orders, and stores that have none of their own
    location_id text NOT NULL,
    -- empty: order draws
    terminal_id text NOT NULL,
    -- of order's own blocks the next to be drawn; of a till's the one after the highest that we have seen
    next_number int NOT NULL,
    span int8range NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    CONSTRAINT invoice_blocks_apart EXCLUDE USING gist (span WITH &&),
    CHECK (first_number BETWEEN 0 AND last_number AND last_number <= 99999999),
    CHECK (next_number BETWEEN first_number AND last_number + 1)
) WITH (fillfactor = 50);
CREATE INDEX invoice_blocks_of_period ON invoice_blocks (period, location_id, terminal_id, first_number);

-- Orders that are to have invoices: locked by whoever settles them, with what their buyer said. His carrier and tax id
-- are sealed; the hash finds a sale again by its carrier.
CREATE TABLE invoice_orders (
    order_id uuid PRIMARY KEY,
    carrier_kind text NOT NULL DEFAULT '' CHECK (carrier_kind IN
        ('', 'MOBILE_BARCODE', 'CITIZEN_CERTIFICATE', 'MEMBER')),
    donation_code text NOT NULL DEFAULT '',
    business boolean NOT NULL DEFAULT false,
    print boolean NOT NULL DEFAULT true,
    masked_carrier text NOT NULL DEFAULT '',
    masked_tax_id text NOT NULL DEFAULT '',
    sealed bytea,
    carrier_hash bytea,
    -- why an invoice that should be there is not, such as NUMBERS_USED_UP
    trouble text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX invoice_orders_by_carrier ON invoice_orders (carrier_hash, business_time) WHERE carrier_hash IS NOT NULL;
CREATE INDEX invoice_orders_in_trouble ON invoice_orders (business_time, order_id) WHERE trouble <> '';

CREATE TABLE invoices (
    invoice_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    number text NOT NULL CHECK (number ~ '^[A-Z]{2}[0-9]{8}$'),
    period int NOT NULL,
    random_code text NOT NULL CHECK (random_code ~ '^[0-9]{4}$'),
    state text NOT NULL CHECK (state IN ('ISSUED', 'VOIDED')),
    issue_time timestamptz NOT NULL,
    -- minor units; what is stated, which is without tax only for a business
    total bigint NOT NULL CHECK (total >= 0),
    sales bigint NOT NULL,
    tax bigint NOT NULL,
    free bigint NOT NULL,
    business boolean NOT NULL,
    carrier_kind text NOT NULL,
    donation_code text NOT NULL,
    print boolean NOT NULL,
    location_id text NOT NULL,
    terminal_id text NOT NULL,
    -- [[line_no, first, last, sku, name, quantity, by_measure, amount, rate_bp], ...]
    lines jsonb NOT NULL,
    void_time timestamptz,
    void_reason text NOT NULL DEFAULT '',
    replaces uuid,
    block_id uuid,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    CHECK (sales + tax + free = total),
    CHECK ((state = 'VOIDED') = (void_time IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX invoices_by_number ON invoices (period, number);
CREATE INDEX invoices_of_order ON invoices (order_id, issue_time);
CREATE INDEX invoices_of_block ON invoices (block_id, number);

CREATE TABLE invoice_allowances (
    allowance_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    order_id uuid NOT NULL,
    number text NOT NULL,
    state text NOT NULL CHECK (state IN ('ISSUED', 'VOIDED')),
    amount bigint NOT NULL CHECK (amount >= 0),
    tax bigint NOT NULL,
    issue_time timestamptz NOT NULL,
    -- the period in which it is reported
    period int NOT NULL,
    -- as of invoices
    lines jsonb NOT NULL,
    void_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    CHECK ((state = 'VOIDED') = (void_time IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX invoice_allowances_by_number ON invoice_allowances (invoice_id, number);
CREATE INDEX invoice_allowances_of_order ON invoice_allowances (order_id, issue_time);
CREATE INDEX invoice_allowances_of_period ON invoice_allowances (period, number, allowance_id);

-- What providers are to hand in to the tax office, step by step.
CREATE TABLE invoice_uploads (
    order_id uuid NOT NULL,
    -- in the order in which they happened
    step int NOT NULL,
    -- an invoice's or an allowance's
    document_id uuid NOT NULL,
    verb text NOT NULL CHECK (verb IN ('ISSUE', 'VOID', 'ALLOW', 'VOID_ALLOWANCE')),
    state text NOT NULL CHECK (state IN ('PENDING', 'DONE', 'REFUSED')),
    code text NOT NULL DEFAULT '',
    tries int NOT NULL DEFAULT 0,
    due_time timestamptz NOT NULL,
    settle_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, step)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX invoice_uploads_of_document ON invoice_uploads (document_id, verb);
CREATE INDEX invoice_uploads_open ON invoice_uploads (due_time, order_id, step) WHERE state <> 'DONE';

-- What tills stated and what could not be kept so: a fact is never refused, but somebody must look.
CREATE TABLE invoice_misfits (
    order_id uuid NOT NULL,
    reason text NOT NULL,
    terminal_id text NOT NULL,
    number text NOT NULL,
    period int NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, reason)
);
CREATE INDEX invoice_misfits_of_period ON invoice_misfits (period, business_time, order_id);

-- Whatever changes what an order's buyer must pay for wakes whoever settles its invoices: goods handed over in whatever
-- way, units that never come, an order that ends. Of an order without invoices one look at an index is all that it costs.
CREATE FUNCTION settle_invoices_of(asked uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO timers (key, kind, due_time, next_time, payload, fence)
    -- at once, by whatever clock the service goes
    SELECT asked::text, 'invoices.settle', to_timestamp(0), to_timestamp(0), ''::bytea,
           (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
      FROM invoice_orders WHERE order_id = asked
    ON CONFLICT (key, kind) DO UPDATE
       SET next_time = least(timers.next_time, excluded.next_time), fence = timers.fence + 1, attempt = 0,
           needs_attention = false, last_error = NULL
$$;
CREATE FUNCTION settle_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM settle_invoices_of(new.order_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER fulfilments_settle_invoices AFTER UPDATE OF state ON fulfilments
    FOR EACH ROW WHEN (new.state <> old.state AND new.state NOT IN
        ('PLACED', 'ACCEPTED', 'PICKING', 'READY', 'PACKED', 'ON_HOLD', 'SOURCE_PICKING', 'IN_TRANSIT', 'ARRIVED'))
    EXECUTE FUNCTION settle_invoices();
CREATE TRIGGER fulfilments_settle_invoices_at_once AFTER INSERT ON fulfilments
    FOR EACH ROW WHEN (new.state = 'HANDED_OVER') EXECUTE FUNCTION settle_invoices();
CREATE TRIGGER cancelled_units_settle_invoices AFTER INSERT ON cancelled_units
    FOR EACH ROW EXECUTE FUNCTION settle_invoices();
CREATE TRIGGER orders_settle_invoices AFTER UPDATE OF state ON orders
    FOR EACH ROW WHEN (new.state = 'CANCELLED' AND old.state = 'CONFIRMED') EXECUTE FUNCTION settle_invoices();

-- A refund has its invoices for a consequence where its order has any, whoever grants it.
CREATE FUNCTION put_invoices_on_board() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reversals (refund_id, kind, ref, owner, state, expected)
    SELECT new.refund_id, 'INVOICE', '', 'order', 'PENDING', new.amount
      FROM invoice_orders WHERE order_id = new.order_id
    ON CONFLICT (refund_id, kind, ref) DO NOTHING;
    PERFORM settle_invoices_of(new.order_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER refunds_put_invoices_on_board AFTER INSERT ON refunds
    FOR EACH ROW EXECUTE FUNCTION put_invoices_on_board();

-- migrate:down
