-- migrate:up

-- Every merger that was heard of, and whether it was undone; who means whom is folded from these, whatever order they
-- come in. A merger that was undone before it was heard of is a row that says so.
CREATE TABLE member_merges (
    merge_id uuid PRIMARY KEY,
    absorbed_id uuid NOT NULL,
    survivor_id uuid NOT NULL,
    -- -infinity: an id that only a till knew meant the member from the beginning
    merge_time timestamptz NOT NULL,
    undone boolean NOT NULL
);
CREATE INDEX member_merges_absorbing ON member_merges (absorbed_id) WHERE NOT undone;
CREATE INDEX member_merges_surviving ON member_merges (survivor_id) WHERE NOT undone;
INSERT INTO member_merges (merge_id, absorbed_id, survivor_id, merge_time, undone)
SELECT alias_id, alias_id, member_id, '-infinity', false FROM member_aliases;
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX member_aliases_of_member ON member_aliases (member_id);

-- The id under which a fact came, where that means somebody else: by it the fact goes back. member_id is whom it means.
ALTER TABLE binding_facts ADD COLUMN named_id uuid;
ALTER TABLE sales ADD COLUMN named_id uuid;

-- Sales that a person, or a receipt, has given to a member; also before the sale was heard of.
CREATE TABLE assigned_sales (
    order_id uuid PRIMARY KEY,
    member_id uuid NOT NULL
);

-- migrate:down
