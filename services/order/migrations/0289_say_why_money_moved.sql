-- migrate:up

-- At which terminal whoever did it stood, and why: a code. What somebody says in words stands beside the order, its
-- return or the intervention, where it can be forgotten: nothing in here can. The order's own versions of prices and
-- rules stand on the order. Both are '' where there is none, and in what was written before this was kept.
ALTER TABLE order_tenders ADD COLUMN actor_terminal_id text NOT NULL DEFAULT '';
ALTER TABLE order_tenders ADD COLUMN reason text NOT NULL DEFAULT '';

-- migrate:down
