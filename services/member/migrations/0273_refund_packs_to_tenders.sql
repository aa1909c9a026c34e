-- migrate:up

-- Where the refund of a pack's end goes. 1: credit of the buyer's, 2: the tender that paid for the pack; a pack keeps
-- what its programme said when it was sold.
ALTER TABLE prepaid_programs ADD COLUMN refund_to smallint NOT NULL DEFAULT 1;
ALTER TABLE prepaid_packs ADD COLUMN refund_to smallint NOT NULL DEFAULT 1;

-- Money that is owed to buyers of packs, until somebody has paid it back; reference: by what.
CREATE TABLE prepaid_refunds (
    pack_id uuid PRIMARY KEY,
    amount bigint NOT NULL CHECK (amount > 0),
    due_time timestamptz NOT NULL,
    settle_time timestamptz,
    reference text NOT NULL DEFAULT '',
    actor_kind text NOT NULL DEFAULT '',
    actor_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX prepaid_refunds_due ON prepaid_refunds (due_time, pack_id) WHERE settle_time IS NULL;

-- migrate:down
