-- migrate:up
-- Verified says that it was his once; this, when he proved it last. Nullable: what was proved before is old.
ALTER TABLE member_identifiers ADD COLUMN prove_time timestamptz;

-- migrate:down
