-- migrate:up

-- The unit that sold a pack: what the proof goes through.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX prepaid_lines_of_pack ON prepaid_lines (pack_id) WHERE pack_id IS NOT NULL;

-- migrate:down
