-- migrate:up

-- until when the shopper is told that it takes
ALTER TABLE order_news ADD COLUMN promise_time timestamptz;

-- migrate:down
