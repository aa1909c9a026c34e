-- migrate:up

-- What a program says beyond its numbers and tiers; older versions say nothing and mean what they always meant.
ALTER TABLE programs ADD COLUMN rules jsonb NOT NULL DEFAULT '{}';

-- How the catalogue sorts goods, copied from inventory's events.
CREATE TABLE earning_goods (
    sku text PRIMARY KEY,
    product_id text NOT NULL,
    categories text[] NOT NULL,
    tags text[] NOT NULL,
    version bigint NOT NULL
);

-- A lot is one rule's part of what an order earned for goods that are handed over together. Earned per unit, its
-- line_bases are units instead of money. `spared`: of what was taken back, what the member kept or paid with money.
-- `expired` only rises and names each expiry. A lot that lives again keeps when it had ended first.
ALTER TABLE points_lots ADD COLUMN by_unit boolean NOT NULL DEFAULT false;
ALTER TABLE points_lots ADD COLUMN spared bigint NOT NULL DEFAULT 0;
ALTER TABLE points_lots ADD COLUMN expired bigint NOT NULL DEFAULT 0;
ALTER TABLE points_lots ADD COLUMN first_expire_time timestamptz;
UPDATE points_lots AS l SET expired = e.expired
  FROM (SELECT member_id, lot_id, -sum(amount) AS expired
          FROM points_entries AS e JOIN points_transfers AS t USING (member_id, transfer_id)
         WHERE t.kind = 6 AND e.account = 2 GROUP BY member_id, lot_id) AS e
 WHERE l.lot_id = e.lot_id;

-- Units that came back, also before their order was heard of. Amounts are minor units.
CREATE TABLE returned_units (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    first_unit bigint NOT NULL,
    last_unit bigint NOT NULL,
    refund_id text NOT NULL,
    net_total bigint NOT NULL,
    earn_base bigint NOT NULL,
    points_returned bigint NOT NULL,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (order_id, line_no, first_unit)
);

-- Returns whose consequences are not settled yet because their order was not heard of; a settled one has its time.
CREATE TABLE points_returns (
    refund_id text PRIMARY KEY,
    order_id uuid NOT NULL,
    member_id uuid NOT NULL,
    business_time timestamptz NOT NULL,
    settle_time timestamptz
);
CREATE INDEX points_returns_of_order ON points_returns (order_id);

-- What an order counts toward a tier besides money: orders (1 while anything of it counts) and the points that it
-- earned, net. `left_out`: lines that never counted. `imported`: what had counted in another system.
ALTER TABLE qualifying_spend ADD COLUMN orders bigint NOT NULL DEFAULT 1;
ALTER TABLE qualifying_spend ADD COLUMN points bigint NOT NULL DEFAULT 0;
ALTER TABLE qualifying_spend ADD COLUMN left_out integer[] NOT NULL DEFAULT '{}';
ALTER TABLE qualifying_spend ADD COLUMN imported boolean NOT NULL DEFAULT false;
UPDATE qualifying_spend SET orders = 0 WHERE amount <= 0;
UPDATE qualifying_spend AS q SET points = l.points
  FROM (SELECT member_id, order_id, sum(points - taken) AS points FROM points_lots
         WHERE order_id IS NOT NULL GROUP BY member_id, order_id) AS l
 WHERE q.member_id = l.member_id AND q.order_id = l.order_id;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX qualifying_spend_time;
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX qualifying_spend_time ON qualifying_spend (member_id, business_time) INCLUDE (amount, orders, points);

-- What a return took out of that, when: a tier judged as of a moment must know what counted then.
CREATE TABLE qualifying_returns (
    member_id uuid NOT NULL,
    order_id uuid NOT NULL,
    refund_id text NOT NULL,
    business_time timestamptz NOT NULL,
    amount bigint NOT NULL,
    orders bigint NOT NULL,
    points bigint NOT NULL,
    PRIMARY KEY (member_id, order_id, refund_id)
);

-- The tier's clockwork beside the tier itself, whole: how it came, what stood before, what is to come (services/member/
-- tiers). The due time is when it next changes by itself.
ALTER TABLE points_balances ADD COLUMN tier_clock jsonb NOT NULL DEFAULT '{}';
ALTER TABLE points_balances ADD COLUMN tier_due_time timestamptz;
ALTER TABLE points_balances ADD COLUMN newest_sale_time timestamptz;
UPDATE points_balances SET tier_due_time = tier_valid_until_time WHERE tier_valid_until_time IS NOT NULL;
UPDATE points_balances AS b SET newest_sale_time = q.newest
  FROM (SELECT member_id, max(business_time) AS newest FROM qualifying_spend GROUP BY member_id) AS q
 WHERE b.member_id = q.member_id;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX points_balances_tier_due ON points_balances (tier_due_time) WHERE tier_due_time IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX points_balances_tier_ends ON points_balances (tier_valid_until_time)
 WHERE tier_valid_until_time IS NOT NULL;

-- Every step of every tier, for ever. One with decided_from replaces what had been decided from that moment on.
CREATE TABLE tier_changes (
    member_id uuid NOT NULL,
    sequence bigint NOT NULL,
    business_time timestamptz NOT NULL,
    decided_from timestamptz,
    tier_before text NOT NULL,
    tier text NOT NULL,
    cause smallint NOT NULL,
    since_time timestamptz,
    valid_until_time timestamptz,
    clock jsonb NOT NULL,
    reason text NOT NULL,
    rule_version text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    terminal_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, sequence)
);
-- what stood before steps were kept
INSERT INTO tier_changes (member_id, sequence, business_time, tier_before, tier, cause, since_time, valid_until_time,
                          clock, reason, rule_version, actor_kind, actor_id, terminal_id)
SELECT member_id, 0, coalesce(tier_since_time, '2000-01-01'), '', tier, 1,
       tier_since_time, tier_valid_until_time, '{}', '', '', 'service', 'member', ''
  FROM points_balances WHERE tier <> '';

-- Tiers that were taken over, a member once per source; and the dates on whose anniversaries tiers end.
CREATE TABLE tier_imports (
    member_id uuid NOT NULL,
    source text NOT NULL,
    business_time timestamptz NOT NULL,
    PRIMARY KEY (member_id, source)
);
CREATE TABLE tier_dates (
    member_id uuid PRIMARY KEY,
    member_date date NOT NULL
);

-- Who was told of which end, so many days before.
CREATE TABLE tier_notices (
    member_id uuid NOT NULL,
    valid_until_time timestamptz NOT NULL,
    days integer NOT NULL,
    PRIMARY KEY (member_id, valid_until_time, days)
);

-- books are only ever written on
DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON points_transfers, points_entries, tier_changes FROM %I',
                       service_role);
    END IF;
END
$$;

-- migrate:down
