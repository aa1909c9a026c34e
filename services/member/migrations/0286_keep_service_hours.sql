-- migrate:up

-- When the brand answers: by version, the highest is in force. Windows stand at the same place of the arrays: weekday
-- (1 Monday to 7 Sunday), minutes of the brand's day; an end that is not after its start is of the next day.
CREATE TABLE conversation_hours (
    version bigint PRIMARY KEY,
    answer_minutes integer NOT NULL CHECK (answer_minutes > 0),
    weekdays smallint[] NOT NULL,
    starts smallint[] NOT NULL,
    ends smallint[] NOT NULL,
    closed_days date[] NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- The status with which an address was refused, such as 550 5.1.1; nobody's own words.
ALTER TABLE address_ends ADD COLUMN detail text NOT NULL DEFAULT '';

-- migrate:down
