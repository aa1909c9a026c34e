-- migrate:up

-- The way of goods from the drop point that took them to where somebody looks at them; empty where there is none.
ALTER TABLE returns
    ADD COLUMN sent_from text NOT NULL DEFAULT '',
    ADD COLUMN sent_to text NOT NULL DEFAULT '',
    ADD COLUMN left_time timestamptz,
    -- null: on their way
    ADD COLUMN arrive_time timestamptz;

-- migrate:down
