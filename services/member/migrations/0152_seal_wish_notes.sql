-- migrate:up

-- A wish's note is about a person: sealed under the member's key. What was kept in clear is sealed by the service,
-- which alone has the keys, whenever it starts; `note` stays for that and holds nothing afterwards.
ALTER TABLE wishes ADD COLUMN note_sealed bytea;
ALTER TABLE wishes ALTER COLUMN note SET DEFAULT '';
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX wishes_in_clear ON wishes (member_id, sku) WHERE note <> '';

-- migrate:down
