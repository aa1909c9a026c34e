-- migrate:up

-- Where a SKU may be sold, as inventory said last: {"C:<channel>" or "L:<location>": [published, unpublished, withheld]}.
CREATE TABLE assortments (
    sku text PRIMARY KEY,
    entries jsonb NOT NULL,
    version bigint NOT NULL,
    head bigint NOT NULL
);
CREATE INDEX assortments_by_head ON assortments (head);

ALTER TABLE channels ADD COLUMN listed_only boolean NOT NULL DEFAULT false;
ALTER TABLE locations ADD COLUMN listed_only boolean NOT NULL DEFAULT false;

-- migrate:down
