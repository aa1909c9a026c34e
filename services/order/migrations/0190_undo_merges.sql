-- migrate:up

-- Every merger that was heard of, and whether it was undone; whom an id means is folded from these, whatever order they
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

-- Store sales that became somebody's afterwards: who showed the receipt, and how.
CREATE TABLE sale_claims (
    order_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    -- RECEIPT: its number, day and total; STAFF: somebody at a till of the store
    proof text NOT NULL,
    claim_time timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT '',
    record_time timestamptz NOT NULL DEFAULT now()
);

-- When a member named receipts that there are not: guessing ends soon.
CREATE TABLE claim_misses (
    member_id uuid PRIMARY KEY,
    times timestamptz[] NOT NULL
) WITH (fillfactor = 70);

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON sale_claims FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
