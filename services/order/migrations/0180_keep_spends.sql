-- migrate:up

-- What an order uses of what its member holds, but points: only orders that use anything.
CREATE TABLE order_spends (
    order_id uuid PRIMARY KEY,
    spends jsonb NOT NULL
);

-- migrate:down
