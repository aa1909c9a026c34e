\set order_id random(1, 9000000000000000000)
\set sku random(1, 1000)
\set other random(1, 1000)
BEGIN;
INSERT INTO orders VALUES (:order_id, 'm');
INSERT INTO order_lines VALUES (:order_id, 1, :sku, 1), (:order_id, 2, :other, 1);
UPDATE stock SET held = held + 1 WHERE sku = least(:sku::int, :other::int) AND on_hand - held >= 1;
UPDATE stock SET held = held + 1 WHERE sku = greatest(:sku::int, :other::int) AND on_hand - held >= 1;
INSERT INTO outbox VALUES (gen_random_uuid(), 'omo.order.v1.OrderConfirmed.07', repeat('x', 600));
COMMIT;
