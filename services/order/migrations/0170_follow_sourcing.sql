-- migrate:up

-- How shipped lines go, and whereabouts to; null where nothing is shipped.
ALTER TABLE orders ADD COLUMN delivery jsonb;

-- The sourcing decision that chose the location; empty where the order named it. A location may be chosen again after it
-- rejected its part, by a later decision: that is another fulfilment.
ALTER TABLE fulfilments ADD COLUMN decision_id text NOT NULL DEFAULT '';
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX fulfilments_of_decision ON fulfilments (order_id, method, location_id, decision_id);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX fulfilments_of_order;

-- A line may be split over locations, so a fulfilment says which units are its own; they need not lie together.
ALTER TABLE fulfilment_lines ADD COLUMN first_unit bigint NOT NULL DEFAULT 0;
-- squawk-ignore ban-drop-constraint
ALTER TABLE fulfilment_lines DROP CONSTRAINT fulfilment_lines_pkey;
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
ALTER TABLE fulfilment_lines ADD PRIMARY KEY (fulfilment_id, line_no, first_unit);

-- How far an order's sourcing is, as inventory said last: a projection, which takes higher versions only.
CREATE TABLE order_sourcing (
    order_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('SOURCED', 'UNPLACED', 'PICKUP_REJECTED', 'GIVEN_UP')),
    queue text NOT NULL DEFAULT '',
    auto_cancel_time timestamptz,
    -- [[line_no, sku, quantity, reason], ...]: what has no place
    leftovers jsonb NOT NULL DEFAULT '[]',
    update_time timestamptz NOT NULL
) WITH (fillfactor = 80);

-- What happened to an order on its way, by the event that told of it.
CREATE TABLE order_news (
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    -- within the event
    number int NOT NULL,
    kind text NOT NULL,
    line_no int NOT NULL DEFAULT 0,
    quantity bigint NOT NULL DEFAULT 0,
    location_id text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, event_id, number)
);
CREATE TRIGGER order_news_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_news
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
