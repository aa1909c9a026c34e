-- migrate:up

-- What orders came to while spend gifts were given, and what of them came back or was given up since: a gift goes with
-- the spend that it was given for. key: the refund, or the cancelled units.
CREATE TABLE spend_gift_orders (
    order_id uuid PRIMARY KEY,
    total bigint NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE spend_gift_returns (
    order_id uuid NOT NULL,
    key text NOT NULL,
    amount bigint NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, key)
);

-- migrate:down
