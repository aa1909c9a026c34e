-- migrate:up

-- What a sale was, as far as credit needs it: enough to decide again when a late fact changes the answer.
CREATE TABLE sales (
    order_id uuid PRIMARY KEY,
    member_id uuid,
    channel_kind smallint NOT NULL,
    location_id text NOT NULL,
    business_time timestamptz,
    currency_code text NOT NULL,
    staff_link_token text NOT NULL,
    line_nos integer[] NOT NULL,
    skus text[] NOT NULL,
    quantities bigint[] NOT NULL,
    measured boolean[] NOT NULL,
    nets bigint[] NOT NULL,
    sellers text[] NOT NULL,
    fulfilling text[] NOT NULL,
    -- a cancellation may arrive first: then this is all there is until the sale comes
    cancelled boolean NOT NULL DEFAULT false,
    record_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sales_of_member ON sales (member_id, business_time) WHERE member_id IS NOT NULL;

-- The credit ledger. entry_no 0 is the first decision; a mirror takes an entry back, a later entry decides again.
CREATE TABLE credits (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    role smallint NOT NULL,
    entry_no integer NOT NULL,
    credit_id uuid NOT NULL,
    last_unit bigint NOT NULL,
    measure bigint NOT NULL,
    sku text NOT NULL,
    beneficiary text NOT NULL,
    basis smallint NOT NULL,
    share_bp integer NOT NULL,
    base_amount bigint NOT NULL,
    amount bigint NOT NULL,
    currency_code text NOT NULL,
    -- where a driven online sale is counted: the store of the staff member who is credited
    driven_location_id text NOT NULL,
    business_time timestamptz NOT NULL,
    rule_version text NOT NULL,
    evidence text NOT NULL,
    mirror_of uuid,
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    terminal_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no, role, entry_no)
);
CREATE INDEX credits_of_beneficiary ON credits (beneficiary, business_time DESC, order_id, line_no, entry_no);

-- The sequence of an order's credit events.
CREATE TABLE order_heads (
    order_id uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- migrate:down
