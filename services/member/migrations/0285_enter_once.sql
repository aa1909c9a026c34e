-- migrate:up

-- Two who had both entered a campaign turn out to be one person: all but one of the entries stand aside, and come back
-- as they were if the two are two after all.
ALTER TABLE campaign_members ADD COLUMN void_merge_id uuid, ADD COLUMN void_state smallint;

-- migrate:down
