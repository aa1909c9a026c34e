-- migrate:up

-- Headquarters reads them newest first. The table is small and hardly written.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX identifier_blocks_newest ON identifier_blocks (add_time DESC, block_id DESC);

-- migrate:down
