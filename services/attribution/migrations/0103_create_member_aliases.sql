-- migrate:up

-- Ids that were absorbed into another member: everything under the alias means that member, whenever it arrives.
CREATE TABLE member_aliases (
    alias_id uuid PRIMARY KEY,
    member_id uuid NOT NULL
);

-- migrate:down
