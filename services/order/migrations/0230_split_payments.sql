-- migrate:up

-- An order paid by several payments: by what each after the first is authorised. Forgotten when the saga ends.
CREATE TABLE checkout_instruments (
    order_id uuid NOT NULL,
    tender_no int NOT NULL,
    instrument_token text NOT NULL,
    return_url text NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, tender_no)
);

-- Which payment a capture takes from, and how much: decided once for each key, before anybody is asked.
CREATE TABLE tender_deals (
    order_id uuid NOT NULL,
    key text NOT NULL,
    tender_no int NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, key, tender_no)
);
CREATE TRIGGER tender_deals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tender_deals
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- What a provider that keeps no keys of ours was asked, so that asking again asks nothing twice.
CREATE TABLE provider_notes (
    payment_key text NOT NULL,
    provider text NOT NULL,
    note text NOT NULL,
    value text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (payment_key, provider, note)
);

-- Who did what about work that had given up, and why.
CREATE TABLE interventions (
    intervention_id uuid PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    verb text NOT NULL CHECK (verb IN ('RETRY', 'SKIP', 'COMPENSATE')),
    reason text NOT NULL,
    last_error text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);
CREATE INDEX interventions_by_key ON interventions (key, intervention_id);
CREATE TRIGGER interventions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON interventions
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- A refund may fail after all; and tills take and give money for orders that were not sold there.
-- squawk-ignore ban-drop-constraint
ALTER TABLE order_tenders DROP CONSTRAINT order_tenders_entry_check;
ALTER TABLE order_tenders ADD CONSTRAINT order_tenders_entry_check CHECK (entry IN (
    'REQUESTED', 'AUTHORISED', 'CAPTURED', 'VOIDED', 'DECLINED', 'REFUNDED', 'CAPTURE_FAILED', 'REFUND_FAILED',
    'RECEIVED', 'GIVEN'
)) NOT VALID;

-- migrate:down
