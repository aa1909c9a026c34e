-- migrate:up

-- By refund, for the proof that what came back counts no more; by debt, for the report of what is owed.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX returned_units_of_refund ON returned_units (refund_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX points_balances_owing ON points_balances (debt) WHERE debt > 0;

-- migrate:down
