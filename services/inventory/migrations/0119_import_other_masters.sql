-- migrate:up

-- Files of other masters than products: components of kits, prices, locations.
ALTER TABLE imports ADD COLUMN kind text NOT NULL DEFAULT 'PRODUCTS';
ALTER TABLE imports
    ADD CONSTRAINT imports_kind_check CHECK (kind IN ('PRODUCTS', 'COMPONENTS', 'PRICES', 'LOCATIONS')) NOT VALID;
-- some hundred rows: nobody waits
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE imports VALIDATE CONSTRAINT imports_kind_check;
ALTER TABLE import_keys
    -- a wider one takes its place
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT import_keys_kind_check,
    ADD CONSTRAINT import_keys_kind_check CHECK (kind IN ('SKU', 'BARCODE', 'ROW')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE import_keys VALIDATE CONSTRAINT import_keys_kind_check;

-- migrate:down
