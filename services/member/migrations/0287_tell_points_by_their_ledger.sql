-- migrate:up

-- Timelines show points from the ledger itself; what was copied would be shown twice.
DELETE FROM timeline_records WHERE kind = 'POINTS' AND source = 'points';

-- migrate:down
