-- migrate:up

-- What somebody who was forgotten still had: for how long it may be claimed before it is the brand's (0: not at all).
INSERT INTO retention_rules (subject, keep_days, least_days, basis, books) VALUES
    ('value.of_the_forgotten', 0, 0, 'given up by its owner with the wish to be forgotten', false);
-- Since when it is somebody's: whose by which word.
ALTER TABLE erasures ADD COLUMN value_settle_time timestamptz;
-- FORFEITED, CLAIMED
ALTER TABLE erasures ADD COLUMN value_outcome text NOT NULL DEFAULT '';
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX member_tombstones_time ON member_tombstones (erase_time);

-- What tills told twice and differently was kept under a key that outlives its member: it goes, its hash stays.
UPDATE lane_conflicts SET payload = NULL WHERE lane = 'PEOPLE';

-- migrate:down
