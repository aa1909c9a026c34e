-- migrate:up

-- Units that are in the shopper's hands, also before their order was heard of: a line may leave in parts.
CREATE TABLE unit_handovers (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    handover_time timestamptz NOT NULL,
    PRIMARY KEY (order_id, line_no, first_unit, last_unit)
);
-- until now a line was handed over whole, and how many units it had was not kept
INSERT INTO unit_handovers (order_id, line_no, first_unit, last_unit, handover_time)
SELECT order_id, line_no, 0, 4611686018427387904, handover_time FROM handovers;

-- Units of orders that nobody will hand over, also before their order was heard of. Amounts are minor units.
CREATE TABLE cancelled_units (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    net_total bigint NOT NULL,
    earn_base bigint NOT NULL,
    points_returned bigint NOT NULL,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (order_id, line_no, first_unit)
);

-- How many units a lot's lines have, what they earned on, and how many of its points were taken back.
ALTER TABLE points_lots ADD COLUMN line_units bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE points_lots ADD COLUMN line_bases bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE points_lots ADD COLUMN taken bigint NOT NULL DEFAULT 0;

-- What older lots earned on: at least so much. Any of their units stands for its whole line, as when they were made.
UPDATE points_lots AS l
   SET line_bases = (SELECT array_agg(line.points * p.amount_per_point ORDER BY line.place)
                       FROM unnest(l.line_points) WITH ORDINALITY AS line (points, place))
  FROM programs AS p
 WHERE l.rule_version = 'program-' || p.version AND l.order_id IS NOT NULL;
UPDATE points_lots SET taken = points WHERE order_id IN (SELECT order_id FROM cancelled_orders);

-- What of an order's count toward the tier was taken out again; `amount` is what is left.
ALTER TABLE qualifying_spend ADD COLUMN taken bigint NOT NULL DEFAULT 0;

-- migrate:down
