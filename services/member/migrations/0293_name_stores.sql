-- migrate:up

-- What stores are called, as inventory announces it: messages name them in the language of whoever reads.
CREATE TABLE places (
    location_id text PRIMARY KEY,
    name text NOT NULL,
    -- locale -> name
    names jsonb NOT NULL,
    version bigint NOT NULL
) WITH (fillfactor = 80);

-- migrate:down
