-- migrate:up

-- How often each rule with a limit is used, counting every order that has not given its use back. Whoever uses a rule
-- locks its row: who comes at the same moment waits, and is then told the truth.
CREATE TABLE rule_use_counts (
    rule_id text PRIMARY KEY,
    uses bigint NOT NULL CHECK (uses >= 0)
) WITH (fillfactor = 50);

CREATE TABLE rule_uses (
    order_id uuid NOT NULL,
    rule_id text NOT NULL,
    member_id uuid,
    -- a confirmed order that is cancelled gives its use back
    give_back boolean NOT NULL,
    -- reserved for an order that nobody has seen yet; if it never comes, the use goes back
    open boolean NOT NULL DEFAULT true,
    claim_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, rule_id)
);
CREATE INDEX rule_uses_of_member ON rule_uses (member_id, rule_id) WHERE member_id IS NOT NULL;
CREATE INDEX rule_uses_open ON rule_uses (claim_time) WHERE open;

-- In the transaction that cancels, whichever way it came to that: no path can forget it. An order that never was
-- CONFIRMED always gives back.
CREATE FUNCTION give_rule_uses_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM rule_uses WHERE order_id = new.order_id AND (give_back OR old.state <> 'CONFIRMED')
        RETURNING rule_id
    ), locked AS (
        SELECT counted.rule_id FROM rule_use_counts AS counted JOIN gone USING (rule_id)
         ORDER BY counted.rule_id FOR UPDATE OF counted
    )
    UPDATE rule_use_counts SET uses = uses - 1 FROM locked WHERE rule_use_counts.rule_id = locked.rule_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER orders_give_rule_uses_back AFTER UPDATE OF state ON orders
    FOR EACH ROW WHEN (new.state = 'CANCELLED' AND old.state <> 'CANCELLED') EXECUTE FUNCTION give_rule_uses_back();

-- migrate:down
