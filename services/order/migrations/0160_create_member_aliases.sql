-- migrate:up

-- Ids that were absorbed into another member. Orders keep the id under which they were made, whenever they arrive;
-- whoever reads them asks here whom it means.
CREATE TABLE member_aliases (
    alias_id uuid PRIMARY KEY,
    member_id uuid NOT NULL
);
CREATE INDEX member_aliases_of_member ON member_aliases (member_id);

-- The member that an id means, in one step: an alias never points at an alias.
CREATE FUNCTION resolve_member(asked uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce((SELECT member_id FROM member_aliases WHERE alias_id = asked), asked);

-- Every id that means the same member as this one.
CREATE FUNCTION ids_of_member(asked uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
    SELECT resolve_member(asked)
     UNION ALL
    SELECT alias_id FROM member_aliases WHERE member_id = resolve_member(asked);
END;

-- migrate:down
