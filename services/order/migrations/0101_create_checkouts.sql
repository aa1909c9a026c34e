-- migrate:up

-- Prices that are honoured for ten minutes.
CREATE TABLE quotes (
    quote_id uuid PRIMARY KEY,
    expire_time timestamptz NOT NULL,
    document bytea NOT NULL
);
CREATE INDEX quotes_by_expiry ON quotes (expire_time);

-- The saga beside the order: what a crash left is finished from here. Its lease, fence and next try are the timer of
-- kind `checkout` under the order's id; whoever writes here has shown that fence in the same transaction.
CREATE TABLE checkouts (
    order_id uuid PRIMARY KEY,
    -- of the steps as the code knows them: rows of an old version keep their handler
    version int NOT NULL DEFAULT 1,
    -- PLACE: towards CONFIRMED. PAY: somebody outside must act. UNDO: backwards, and never forward again. DONE: ended.
    step text NOT NULL CHECK (step IN ('PLACE', 'PAY', 'UNDO', 'DONE')),
    provider text NOT NULL DEFAULT '',
    -- what the provider gave the shop for the shopper's instrument; forgotten when the saga ends
    instrument_token text NOT NULL DEFAULT '',
    return_url text NOT NULL DEFAULT '',
    redirect_url text NOT NULL DEFAULT '',
    cart_hold_id text NOT NULL DEFAULT '',
    -- whose request: its answer is kept when the saga has one
    principal text NOT NULL DEFAULT '',
    request_id text NOT NULL DEFAULT '',
    pay_until timestamptz NOT NULL,
    -- why it was undone: {"code", "reason", "message", "domain", "metadata"}
    cause jsonb,
    update_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX checkouts_running ON checkouts (step, order_id) WHERE step <> 'DONE';

-- What providers told us, by their own id, so that hearing it twice does nothing twice.
CREATE TABLE payment_notifications (
    notification_id text NOT NULL,
    provider text NOT NULL,
    order_id uuid NOT NULL,
    kind text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (notification_id, provider)
);

-- migrate:down
