-- migrate:up

-- Units that came back are taken out of credit like those that nobody handed over; for which refund, and whether that
-- was answered: it is once their sale is known.
ALTER TABLE cancelled_units ADD COLUMN refund_id uuid;

-- migrate:down
