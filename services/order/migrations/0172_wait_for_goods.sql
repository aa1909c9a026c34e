-- migrate:up

-- What inventory said last of units that wait for goods: of a kit, by its parts. A quantity of 0 says that they are
-- there, and stays, so that an older word is known for one. It may be heard before its order is kept.
CREATE TABLE order_backorders (
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    -- nobody knows
    promise_time timestamptz,
    version bigint NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, sku, location_id)
);

-- migrate:down
