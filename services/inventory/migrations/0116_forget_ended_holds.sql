-- migrate:up

-- Ended holds by age, for the sweep that forgets them.
CREATE INDEX holds_ended ON holds (end_time) WHERE state <> 'ACTIVE' AND NOT cancelled;

-- migrate:down
