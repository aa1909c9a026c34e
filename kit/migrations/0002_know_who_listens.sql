-- migrate:up

-- The streams that this service hears, by which durable: a broker that lost its store cannot say that one is missing.
CREATE TABLE inbox_streams (
    stream text PRIMARY KEY,
    durable text NOT NULL
);

-- migrate:down
