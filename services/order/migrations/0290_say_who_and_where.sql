-- migrate:up

-- Who cancelled units, at which terminal; why stood there before.
ALTER TABLE cancelled_units ADD COLUMN actor_kind text NOT NULL DEFAULT '';
ALTER TABLE cancelled_units ADD COLUMN actor_id text NOT NULL DEFAULT '';
ALTER TABLE cancelled_units ADD COLUMN actor_terminal_id text NOT NULL DEFAULT '';

-- At which terminal it was put back, and what made it a no-show: PUT_BACK by the store, or GRACE_OVER.
ALTER TABLE noshows ADD COLUMN actor_terminal_id text NOT NULL DEFAULT '';
ALTER TABLE noshows ADD COLUMN reason text NOT NULL DEFAULT '';

-- At which terminal a refund was granted, and why: the return's reason, as a code.
ALTER TABLE refunds ADD COLUMN actor_terminal_id text NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN reason text NOT NULL DEFAULT '';

-- Each is '' where there is none, and in what was written before it was kept.

-- migrate:down
