-- migrate:up

-- People who order without an account: by what they could be found once somebody proves it, and nothing else of them.
-- Their contacts are sealed under keys of their own, as members' are.
CREATE TABLE guests (
    guest_id uuid PRIMARY KEY,
    -- HMAC of kind and normalised value, as of members' identifiers; gone with the claim
    phone_lookup bytea,
    email_lookup bytea,
    make_time timestamptz NOT NULL,
    claim_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 90);
CREATE INDEX guests_by_phone ON guests (phone_lookup) WHERE phone_lookup IS NOT NULL;
CREATE INDEX guests_by_email ON guests (email_lookup) WHERE email_lookup IS NOT NULL;
CREATE INDEX guests_by_time ON guests (make_time);

INSERT INTO retention_rules (subject, keep_days, least_days, basis, books) VALUES
    ('guests', 180, 0, 'purpose: delivery, return and claim of an order', false);

-- migrate:down
