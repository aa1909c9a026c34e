-- migrate:up

-- Codes from members' screens that were taken: each is taken once, as long as it lives.
CREATE TABLE member_code_uses (
    nonce uuid PRIMARY KEY,
    expire_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX member_code_uses_age ON member_code_uses (expire_time);

-- migrate:down
