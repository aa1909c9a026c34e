-- migrate:up

ALTER TABLE stock_repairs
    -- a wider one takes its place
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT stock_repairs_kind_check,
    ADD CONSTRAINT stock_repairs_kind_check CHECK (kind IN ('LEVEL', 'HOLD', 'PROMISES', 'LOTS', 'WAITING')) NOT VALID;
-- a handful of rows
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_repairs VALIDATE CONSTRAINT stock_repairs_kind_check;

-- migrate:down
