-- migrate:up

-- What an order uses of what its member holds, but points: only orders that use anything.
CREATE TABLE order_spends (
    order_id uuid PRIMARY KEY,
    spends jsonb NOT NULL
);

-- Goods may be paid for before, and tills take points as money.
-- squawk-ignore ban-drop-constraint
ALTER TABLE order_tenders DROP CONSTRAINT order_tenders_kind_check;
ALTER TABLE order_tenders ADD CONSTRAINT order_tenders_kind_check CHECK (kind IN (
    'CASH', 'CARD_PRESENT', 'PROVIDER', 'STORE_CREDIT', 'GIFT_CARD', 'MANUFACTURER_COUPON', 'OTHER', 'PREPAID', 'POINTS'
)) NOT VALID;

-- migrate:down
