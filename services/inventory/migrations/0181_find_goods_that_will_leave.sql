-- migrate:up

-- The planner counts what is promised to go, and has not left.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX transfers_to_leave ON transfers (transfer_id) WHERE state IN ('DRAFT', 'APPROVED');

-- migrate:down
