-- migrate:up

-- Whether each unit of it has a serial: as the catalogue says from its next change on.
ALTER TABLE variants ADD COLUMN serials boolean NOT NULL DEFAULT false;
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX variants_with_serials ON variants (sku) WHERE serials;

-- Which serial a sold unit left with, and which one came back for it.
CREATE TABLE unit_serials (
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    -- of the line, from 0
    unit bigint NOT NULL,
    sku text NOT NULL,
    -- empty where nobody said it
    serial text NOT NULL,
    -- in which it is sent: free again if that is called off
    parcel_id uuid,
    -- with its shopper, or on its way to him: no other unit may be. Not where a till said so of a second one.
    is_out boolean NOT NULL,
    -- once the unit is home
    return_id uuid,
    returned_serial text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, unit),
    CHECK (NOT is_out OR (serial <> '' AND return_id IS NULL))
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX unit_serials_out ON unit_serials (sku, serial) WHERE is_out;
CREATE INDEX unit_serials_of_parcel ON unit_serials (parcel_id) WHERE parcel_id IS NOT NULL;

-- migrate:down
