-- migrate:up

-- While this is set nothing of value can be spent: a phone number has moved to somebody else, and a person
-- must look before what the old holder has is handed to the new one.
ALTER TABLE members ADD COLUMN value_frozen_time timestamptz;
ALTER TABLE members ADD COLUMN value_frozen_reason text NOT NULL DEFAULT '';

-- migrate:down
