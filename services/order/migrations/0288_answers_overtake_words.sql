-- migrate:up

-- who sends what, as was heard last; NULL: heard before this was kept
ALTER TABLE order_sourcing ADD COLUMN assigned jsonb;

-- the newest answer that was carried out: the word that says the same, and later ones, are still to be heard
CREATE TABLE sourcing_answers (
    order_id uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- migrate:down
