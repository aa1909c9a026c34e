-- migrate:up

-- A return is told in as many events as there are stores that received it; each is settled by its lines, and what was
-- settled of a return so far is what its answers say. Of a good sold by measure `measure` came back with a return: the
-- same unit comes again with another, until it is used up.
ALTER TABLE returned_units ADD COLUMN measure bigint NOT NULL DEFAULT 0;
ALTER TABLE returned_units ADD COLUMN location_id text NOT NULL DEFAULT '';
ALTER TABLE returned_units ADD COLUMN settle_time timestamptz;
UPDATE returned_units AS u SET settle_time = r.settle_time
  FROM points_returns AS r WHERE r.refund_id = u.refund_id AND r.settle_time IS NOT NULL;
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore ban-drop-constraint
ALTER TABLE returned_units DROP CONSTRAINT returned_units_pkey;
-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid
ALTER TABLE returned_units ADD PRIMARY KEY (order_id, line_no, first_unit, refund_id, location_id);

ALTER TABLE points_returns ADD COLUMN parts integer NOT NULL DEFAULT 0;
ALTER TABLE points_returns ADD COLUMN taken bigint NOT NULL DEFAULT 0;
ALTER TABLE points_returns ADD COLUMN short bigint NOT NULL DEFAULT 0;
ALTER TABLE points_returns ADD COLUMN given bigint NOT NULL DEFAULT 0;
UPDATE points_returns SET parts = 1 WHERE settle_time IS NOT NULL;

ALTER TABLE qualifying_returns ADD COLUMN part integer NOT NULL DEFAULT 1;
-- squawk-ignore ban-drop-constraint
ALTER TABLE qualifying_returns DROP CONSTRAINT qualifying_returns_pkey;
-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid
ALTER TABLE qualifying_returns ADD PRIMARY KEY (member_id, order_id, refund_id, part);

-- How much of a good sold by measure a line has; 0 where pieces are counted.
ALTER TABLE points_lots ADD COLUMN line_measures bigint[] NOT NULL DEFAULT '{}';

-- migrate:down
