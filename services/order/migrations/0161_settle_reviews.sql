-- migrate:up

-- Whether somebody should still look: what became known since needs nobody any more.
-- Scalar questions, so that each row asks an index.
CREATE FUNCTION is_unsettled(flag text, subject text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE flag
    WHEN 'UNKNOWN_SKU' THEN (SELECT sku FROM variants WHERE sku = subject AND NOT placeholder)
    WHEN 'UNKNOWN_STAFF' THEN (SELECT staff_code FROM staff_codes WHERE staff_code = subject)
    WHEN 'UNKNOWN_MEMBER' THEN
        (SELECT 'known' FROM member_tiers WHERE member_id = resolve_member(subject::uuid)) END IS NULL;

-- The flags of a sale that are still true; asked only of sales that were flagged at all.
CREATE FUNCTION open_flags(asked uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT flag FROM sale_reviews AS review
              WHERE review.order_id = asked AND is_unsettled(flag, subject) ORDER BY flag);

-- migrate:down
