-- migrate:up

-- Several members on one card: they share a pot of points, which is an account of its own in the points ledger.
CREATE TABLE households (
    household_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX households_of_owner ON households (owner_id) WHERE end_time IS NULL;

-- Who shares; a member shares one card at a time.
CREATE TABLE household_members (
    household_id uuid NOT NULL,
    member_id uuid NOT NULL,
    join_time timestamptz NOT NULL,
    leave_time timestamptz,
    PRIMARY KEY (household_id, member_id, join_time)
);
CREATE INDEX household_members_of_member ON household_members (member_id, join_time);
CREATE UNIQUE INDEX household_members_present ON household_members (member_id) WHERE leave_time IS NULL;

-- Codes with which the owner lets somebody in: once each, and not for long.
CREATE TABLE household_invitations (
    code_hash bytea PRIMARY KEY,
    household_id uuid NOT NULL,
    expire_time timestamptz NOT NULL,
    used_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX household_invitations_of_household ON household_invitations (household_id) WHERE used_time IS NULL;

-- migrate:down
