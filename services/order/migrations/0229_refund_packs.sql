-- migrate:up

-- Refunds of packs of prepaid goods whose time is over: by the tenders of the order that sold them, which stand in
-- refund_tenders under the pack's id. BY_HAND: nobody but a person can; it stands in member's list of what is owed.
CREATE TABLE pack_refunds (
    pack_id uuid PRIMARY KEY,
    order_id uuid,
    amount bigint NOT NULL CHECK (amount > 0),
    state text NOT NULL CHECK (state IN ('PAYING', 'PAID', 'BY_HAND')),
    -- why by hand
    code text NOT NULL DEFAULT '',
    due_time timestamptz NOT NULL,
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- migrate:down
