-- migrate:up

-- Orders and store sales as far as segments ask: under the id that the member had when we heard of them.
CREATE TABLE fact_orders (
    order_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    business_time timestamptz NOT NULL,
    in_store boolean NOT NULL,
    location_id text NOT NULL,
    staff_code text NOT NULL,
    amount bigint NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fact_orders_of_member ON fact_orders (member_id, business_time);

-- What of an order did not stand, also before the order was heard of. source: "order" (all of it), "units", or the
-- refund that gave units back.
CREATE TABLE fact_takings (
    order_id uuid NOT NULL,
    source text NOT NULL,
    line_no integer NOT NULL,
    first_unit bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (order_id, source, line_no, first_unit)
);

-- Days on which a member signed in with the app.
CREATE TABLE fact_logins (
    member_id uuid NOT NULL,
    day date NOT NULL,
    last_time timestamptz NOT NULL,
    PRIMARY KEY (member_id, day)
) WITH (fillfactor = 80);

-- One row per person, all that segments ask, read from end to end: narrow, and written whole from the tables that say
-- so (members, points_balances, fact_orders, fact_takings, fact_logins); touches only grow.
CREATE TABLE member_facts (
    member_id uuid PRIMARY KEY,
    join_time timestamptz,
    first_order_time timestamptz,
    last_order_time timestamptz,
    last_store_time timestamptz,
    last_online_time timestamptz,
    last_app_time timestamptz,
    last_touch_time timestamptz,
    last_open_time timestamptz,
    last_click_time timestamptz,
    spend bigint NOT NULL DEFAULT 0,
    orders integer NOT NULL DEFAULT 0,
    store_orders integer NOT NULL DEFAULT 0,
    online_orders integer NOT NULL DEFAULT 0,
    -- whole days between orders on average; null before the second one
    cycle_days integer,
    -- 0: nobody whom the brand knows as a member (a guest, an id whose enrolment is on its way)
    known smallint NOT NULL DEFAULT 0,
    claimed boolean NOT NULL DEFAULT false,
    tier text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',
    last_location_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);

INSERT INTO member_facts (member_id, join_time, known, claimed, tier, source)
SELECT m.member_id, m.join_time, CASE WHEN m.kind = 'member' THEN 1 ELSE 0 END, m.claim_time IS NOT NULL,
       coalesce(b.tier, ''), m.source
  FROM members AS m LEFT JOIN points_balances AS b USING (member_id)
 WHERE NOT EXISTS (SELECT FROM member_aliases AS a WHERE a.alias_id = m.member_id);

-- What is offered to whom: a rule over facts, checked when it was put; by version, the highest is in force.
CREATE TABLE segments (
    segment_id text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    rule jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (segment_id, version)
);

-- migrate:down
