-- migrate:up

-- How many events each terminal's sales have made: the sequence of SalesRecorded.
CREATE TABLE sale_terminals (
    terminal_id text PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

-- What a person should look at about a store's sale; the sale is stored and counted all the same.
CREATE TABLE sale_reviews (
    order_id uuid NOT NULL,
    flag text NOT NULL,
    -- what is unknown, such as the SKU
    subject text NOT NULL,
    location_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, flag, subject)
);
CREATE INDEX sale_reviews_of_location ON sale_reviews (location_id, record_time DESC, order_id DESC, flag DESC, subject DESC);
CREATE INDEX sale_reviews_by_time ON sale_reviews (record_time DESC, order_id DESC, flag DESC, subject DESC);

-- A sale that came under an id that another sale had already: the first stands, this one is kept aside, whole.
CREATE TABLE sale_duplicates (
    terminal_id text NOT NULL,
    sequence bigint NOT NULL,
    order_id uuid NOT NULL,
    payload bytea NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (terminal_id, sequence)
);

-- migrate:down
