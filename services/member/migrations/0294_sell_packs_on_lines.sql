-- migrate:up

-- The good by whose lines a programme's packs are sold; empty: staff sell them by themselves, at the programme's price.
ALTER TABLE prepaid_programs ADD COLUMN pack_sku text NOT NULL DEFAULT '';
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX prepaid_programs_sold ON prepaid_programs (pack_sku) WHERE pack_sku <> '';

-- The line of the order that sold it: what its units cost is what that line cost. 0: sold by itself.
ALTER TABLE prepaid_packs ADD COLUMN line_no integer NOT NULL DEFAULT 0;
-- By what it was taken back; empty: it was not. Its order gives the money back, so it owes none by itself.
ALTER TABLE prepaid_packs ADD COLUMN taken_back text NOT NULL DEFAULT '';

-- Units of lines that sold packs, or came back before they were heard of. Without a pack: sold to nobody known, until
-- somebody claims the sale; or taken back before.
CREATE TABLE prepaid_lines (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    -- from 0
    unit bigint NOT NULL,
    pack_id uuid,
    taken_back text,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, unit)
);

-- migrate:down
