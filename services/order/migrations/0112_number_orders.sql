-- migrate:up

-- Whose a number is that we gave out: never two orders'. A table of its own, because `orders` may be spread by order id.
CREATE TABLE order_numbers (
    order_no text PRIMARY KEY,
    order_id uuid NOT NULL
);
INSERT INTO order_numbers (order_no, order_id)
SELECT order_no, order_id FROM orders WHERE channel_kind = 'ONLINE' ON CONFLICT DO NOTHING;

-- what is left for the index: receipts' numbers, which tills give out and no rule makes unique
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX orders_by_receipt ON orders (order_no) WHERE channel_kind = 'STORE';
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX orders_by_number;

-- migrate:down
