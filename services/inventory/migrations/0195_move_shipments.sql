-- migrate:up

-- People who know better than rules decide, too.
-- squawk-ignore ban-drop-constraint
ALTER TABLE sourcing_decisions DROP CONSTRAINT sourcing_decisions_mode_check;
ALTER TABLE sourcing_decisions ADD CONSTRAINT sourcing_decisions_mode_check
    CHECK (mode IN ('INSTANT', 'BATCH', 'QUEUE', 'REJECTION', 'MOVE')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE sourcing_decisions VALIDATE CONSTRAINT sourcing_decisions_mode_check;

-- How many of each line a refusal names, in the order of its lines; empty: all that the place was asked for.
ALTER TABLE sourcing_refusals ADD COLUMN quantities bigint [] NOT NULL DEFAULT '{}';

-- migrate:down
