-- migrate:up

-- Tasks that are sent go on after the picking: packed, with the carrier, there; or not there for good. The states of the
-- other methods of features.md are named here too, so that each of them needs no scan of this table again.
-- squawk-ignore ban-drop-constraint
ALTER TABLE fulfilments DROP CONSTRAINT fulfilments_state_check;
ALTER TABLE fulfilments ADD CONSTRAINT fulfilments_state_check CHECK (state IN
    ('PLACED', 'ACCEPTED', 'PICKING', 'READY', 'HANDED_OVER', 'PARTIALLY_HANDED_OVER', 'REJECTED', 'CANCELLED',
     'ON_HOLD', 'EXPIRED', 'PACKED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED', 'SOURCE_PICKING', 'IN_TRANSIT', 'ARRIVED',
     'HELD', 'TRYING', 'CONVERTED', 'RELEASED')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE fulfilments VALIDATE CONSTRAINT fulfilments_state_check;

-- A task may be split: its parts are of one place and one decision, and differ by this.
ALTER TABLE fulfilments ADD COLUMN part_no int NOT NULL DEFAULT 0;
-- By when it should be picked and packed, and by when it should have left.
ALTER TABLE fulfilments ADD COLUMN ready_deadline_time timestamptz;
ALTER TABLE fulfilments ADD COLUMN ship_deadline_time timestamptz;
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX fulfilments_of_part ON fulfilments (order_id, method, location_id, decision_id, part_no);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX fulfilments_of_decision;
-- what a till lists: no longer what has left
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX fulfilments_at_work ON fulfilments (location_id, version)
    WHERE state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED');
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX fulfilments_open;

-- A parcel of a task. Whom it goes to is not here: the label and the carrier get that from the sealed contact.
CREATE TABLE parcels (
    parcel_id uuid PRIMARY KEY,
    fulfilment_id uuid NOT NULL,
    -- within the task, from 1
    number int NOT NULL,
    carrier text NOT NULL,
    service text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN
        ('PACKED', 'BOOKED', 'REFUSED', 'SHIPPED', 'DELIVERED', 'LOST', 'RETURNED', 'CANCELLED')),
    weight_grams int NOT NULL DEFAULT 0 CHECK (weight_grams >= 0),
    -- the carrier's, once it is booked
    tracking_no text NOT NULL DEFAULT '',
    tracking_url text NOT NULL DEFAULT '',
    -- why the carrier refused it
    refusal text NOT NULL DEFAULT '',
    -- how often it was booked anew: each time is another shipment to the carrier
    booking int NOT NULL DEFAULT 0,
    -- [[line_no, first_unit, quantity], ...]
    units jsonb NOT NULL,
    -- [[line_no, lot, serial, expire_date, quantity, sku], ...]
    lots jsonb NOT NULL DEFAULT '[]',
    -- when the carrier's newest word says that it was written
    told_time timestamptz,
    -- that word
    told text NOT NULL DEFAULT '',
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX parcels_of_fulfilment ON parcels (fulfilment_id, number);
CREATE INDEX parcels_by_tracking_no ON parcels (tracking_no) WHERE tracking_no <> '';

-- What carriers said of parcels, each word once.
CREATE TABLE parcel_news (
    parcel_id uuid NOT NULL,
    carrier text NOT NULL,
    -- the carrier's own
    notice_id text NOT NULL,
    kind text NOT NULL,
    place text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (parcel_id, carrier, notice_id)
);
CREATE TRIGGER parcel_news_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parcel_news
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- One walk along the shelves for many tasks.
CREATE TABLE pick_lists (
    pick_list_id uuid PRIMARY KEY,
    location_id text NOT NULL,
    picker_staff_code text NOT NULL,
    fulfilment_ids uuid[] NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- How the brand has its stores send, by version; the newest counts.
CREATE TABLE shipping_terms (
    version bigint PRIMARY KEY,
    terms jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER shipping_terms_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON shipping_terms
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- migrate:down
