-- migrate:up

-- What a SKU was made of, and since when; nothing: it was no kit. What is told late is taken apart as on its day.
CREATE TABLE kit_definitions (
    sku text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    components jsonb NOT NULL,
    PRIMARY KEY (sku, since)
);
-- since when, nobody wrote down
INSERT INTO kit_definitions (sku, since, components)
SELECT sku, '1970-01-01T00:00:00Z', components FROM variants WHERE components <> '[]';

-- migrate:down
