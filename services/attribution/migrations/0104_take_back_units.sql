-- migrate:up

-- Units of orders that nobody will hand over, also before their sale was heard of; net in minor units.
CREATE TABLE cancelled_units (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    net bigint NOT NULL,
    PRIMARY KEY (order_id, line_no, first_unit)
);

-- An entry is about the units first_unit to last_unit. One that is partial takes those back; the rest of its mirror_of
-- stands.
ALTER TABLE credits ADD COLUMN first_unit bigint NOT NULL DEFAULT 0;
ALTER TABLE credits ADD COLUMN partial boolean NOT NULL DEFAULT false;

-- migrate:down
