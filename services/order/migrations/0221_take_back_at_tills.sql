-- migrate:up

-- What the brand keeps of a refund by its terms: so that goods that stay cost what they would alone, for its work, for
-- the way home. `requalified` is below 0 where what was kept before comes back.
ALTER TABLE refunds ADD COLUMN requalified bigint NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN restocking bigint NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN return_shipping bigint NOT NULL DEFAULT 0;

-- What tills took back by themselves, as it was told.
CREATE TABLE till_returns (
    return_id uuid PRIMARY KEY,
    -- the fact in which it came
    sale_id uuid NOT NULL,
    terminal_id text NOT NULL,
    location_id text NOT NULL,
    -- EXPLAINED: by sold units, and paid as they had cost; WAITING: its order is not known yet; DOUBTFUL: for a person
    state text NOT NULL CHECK (state IN ('EXPLAINED', 'WAITING', 'DOUBTFUL')),
    -- once it is known
    order_id uuid,
    fact jsonb NOT NULL,
    -- what no sold unit explains
    goods jsonb NOT NULL DEFAULT '[]',
    -- what the till gave beyond what the units had cost; below 0, what it kept
    excess bigint NOT NULL DEFAULT 0,
    business_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX till_returns_waiting ON till_returns (business_time, return_id) WHERE state = 'WAITING';
CREATE INDEX till_returns_of_order ON till_returns (order_id);

-- What became known since needs nobody any more, and so does what a till took back once its order came.
CREATE OR REPLACE FUNCTION is_unsettled(flag text, subject text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE flag
    WHEN 'UNKNOWN_SKU' THEN (SELECT sku FROM variants WHERE sku = subject AND NOT placeholder)
    WHEN 'UNKNOWN_STAFF' THEN (SELECT staff_code FROM staff_codes WHERE staff_code = subject)
    WHEN 'UNKNOWN_MEMBER' THEN
        (SELECT 'known' FROM member_tiers WHERE member_id = resolve_member(subject::uuid))
    WHEN 'UNITS_TAKEN_BACK' THEN
        (SELECT 'explained' FROM till_returns WHERE state = 'EXPLAINED' AND return_id =
            CASE WHEN subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN subject::uuid END) END IS NULL;

-- migrate:down
