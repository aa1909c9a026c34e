-- migrate:up

-- What somebody who agreed to it looked at before he signed in, under a keyed hash of his browser's or app's id.
CREATE TABLE anonymous_visits (
    anonymous_lookup bytea NOT NULL,
    visit_id uuid NOT NULL,
    kind text NOT NULL,
    sku text NOT NULL,
    source text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (anonymous_lookup, visit_id)
);
CREATE INDEX anonymous_visits_age ON anonymous_visits (business_time);

-- migrate:down
