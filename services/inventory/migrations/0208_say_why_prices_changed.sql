-- migrate:up

-- Why, as whoever changed it said; '' where he said nothing, and in what was written before it was kept.
ALTER TABLE price_changes ADD COLUMN reason text NOT NULL DEFAULT '';

-- migrate:down
