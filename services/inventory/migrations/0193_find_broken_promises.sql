-- migrate:up

-- Tasks about promises of a SKU (a subject is "SKU" or "SKU whose"), which end when the promises stand again.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX stock_tasks_broken ON stock_tasks (split_part(subject, ' ', 1)) WHERE kind = 'PROMISE_BROKEN' AND state <> 'RESOLVED';

-- migrate:down
