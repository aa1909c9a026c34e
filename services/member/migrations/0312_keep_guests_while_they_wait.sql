-- migrate:up

-- A guest's contact goes with his key: not before what he may order is brought and may be taken back (order sells a
-- guest nothing that is there later than 60 days on).
UPDATE retention_rules SET least_days = 120, keep_days = greatest(keep_days, 120) WHERE subject = 'guests';

-- migrate:down
