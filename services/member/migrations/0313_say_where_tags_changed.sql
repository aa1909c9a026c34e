-- migrate:up

-- The terminal at which whoever did it stood; '' where there was none, and in what was written before it was kept.
ALTER TABLE member_tag_changes ADD COLUMN actor_terminal_id text NOT NULL DEFAULT '';

-- migrate:down
