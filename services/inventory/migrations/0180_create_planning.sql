-- migrate:up

-- How headquarters want goods to be spread: every version stays, the newest decides.
CREATE TABLE planning_policies (
    version bigint PRIMARY KEY,
    document jsonb NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- One run of the planner; what it wrote counts when it is DONE.
CREATE TABLE planning_runs (
    run_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
    -- the end of the last week that it looked at
    as_of timestamptz NOT NULL,
    policy_version bigint NOT NULL,
    start_time timestamptz NOT NULL DEFAULT now(),
    end_time timestamptz,
    skus bigint NOT NULL DEFAULT 0,
    locations bigint NOT NULL DEFAULT 0,
    forecasts bigint NOT NULL DEFAULT 0,
    suggestions bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    peak_memory_bytes bigint NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT ''
);
CREATE INDEX planning_runs_newest ON planning_runs (as_of DESC, run_id);

-- What a place is expected to sell of a SKU in a week, in base units. Rows of old runs are swept by the planner.
CREATE TABLE demand_forecasts (
    run_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    weekly_mean double precision NOT NULL,
    -- of what was sold lately, for comparison
    recent_weekly double precision NOT NULL,
    -- what is free there, and what is on its way there
    available bigint NOT NULL,
    incoming bigint NOT NULL,
    -- null: nothing is expected to be sold
    weeks_of_cover double precision,
    demand_class text NOT NULL,
    model text NOT NULL,
    hot boolean NOT NULL,
    PRIMARY KEY (run_id, sku, location_id)
);
CREATE INDEX demand_forecasts_of_location ON demand_forecasts (run_id, location_id, sku);
CREATE INDEX demand_forecasts_hot ON demand_forecasts (run_id, sku, location_id) WHERE hot;

-- Sizes that a place lacks of what it else has.
CREATE TABLE size_gaps (
    run_id text COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    -- what the sizes have in common, such as {"colour": "camel"}
    variety text NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    missing_skus text[] NOT NULL,
    present_skus text[] NOT NULL,
    -- what the missing ones are expected to sell in a week
    weekly_lost double precision NOT NULL,
    PRIMARY KEY (run_id, product_id, location_id, variety)
);
CREATE INDEX size_gaps_of_location ON size_gaps (run_id, location_id, product_id);

-- An arriving lot whose first allocation is asked for, and how it was shared out.
CREATE TABLE lot_allocations (
    allocation_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('REQUESTED', 'PLANNED')),
    -- where the lot arrives, and what of it stays for online orders
    location_id text COLLATE "C" NOT NULL,
    reference text NOT NULL DEFAULT '',
    -- [{"sku": …, "quantity": …}]
    lines jsonb NOT NULL,
    -- [{"sku": …, "reserve": …, "left_over": …}]
    kept jsonb NOT NULL DEFAULT '[]',
    run_id text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE INDEX lot_allocations_waiting ON lot_allocations (create_time) WHERE state = 'REQUESTED';

-- A move that pays, by what is expected to be sold; somebody accepts or declines it.
CREATE TABLE transfer_suggestions (
    suggestion_id uuid PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('REBALANCE', 'ALLOCATION')),
    allocation_id uuid,
    state text NOT NULL CHECK (state IN ('OPEN', 'ACCEPTED', 'DECLINED', 'SUPERSEDED')),
    -- by gain, 1 is the best of its run
    rank bigint NOT NULL,
    sku text COLLATE "C" NOT NULL,
    from_location_id text COLLATE "C" NOT NULL,
    to_location_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    -- within the horizon, over what would be sold without the move
    expected_units double precision NOT NULL,
    expected_margin bigint NOT NULL,
    move_cost bigint NOT NULL,
    gain bigint NOT NULL GENERATED ALWAYS AS (expected_margin - move_cost) STORED,
    -- the numbers that its sentence is made of
    why jsonb NOT NULL,
    -- set once it is decided
    decided_quantity bigint NOT NULL DEFAULT 0,
    decide_time timestamptz,
    transfer_id text NOT NULL DEFAULT '',
    decline_reason text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    actor_kind text NOT NULL DEFAULT '',
    actor_id text NOT NULL DEFAULT '',
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE INDEX transfer_suggestions_by_state ON transfer_suggestions (state, gain DESC, suggestion_id);
CREATE INDEX transfer_suggestions_of_run ON transfer_suggestions (run_id);
CREATE INDEX transfer_suggestions_of_lot ON transfer_suggestions (allocation_id) WHERE allocation_id IS NOT NULL;

-- migrate:down
