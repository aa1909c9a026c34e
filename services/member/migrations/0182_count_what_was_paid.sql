-- migrate:up

-- What points paid of an order is no spend: what each of the order's points had paid, minor units.
ALTER TABLE qualifying_spend ADD COLUMN point_value bigint NOT NULL DEFAULT 0;

-- migrate:down
