-- migrate:up

-- Every rule set that was ever in force; the highest number is. Prices name the number as their rules_version.
CREATE TABLE rule_sets (
    number bigint PRIMARY KEY,
    rules_json text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL
);

-- migrate:down
