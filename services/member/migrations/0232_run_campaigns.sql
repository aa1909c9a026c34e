-- migrate:up

-- Whom to write to, what, and when. state: 1 draft, 2 active, 3 running, 4 paused, 5 halted, 6 done.
-- trigger: 0 the segment as a whole, else what makes a member enter (omo.member.v1.Trigger).
-- goal_kind: 0 none, else omo.member.v1.GoalKind.
CREATE TABLE campaigns (
    campaign_id text PRIMARY KEY,
    name text NOT NULL,
    template_id text NOT NULL,
    segment_id text NOT NULL,
    trigger smallint NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    every_days integer NOT NULL CHECK (every_days >= 0),
    days integer NOT NULL CHECK (days >= 0),
    -- minute of the brand's day; null: at once
    hour smallint CHECK (hour BETWEEN 0 AND 1439),
    params jsonb NOT NULL,
    channels text[] NOT NULL,
    hold_out_bp integer NOT NULL CHECK (hold_out_bp BETWEEN 0 AND 9000),
    goal_kind smallint NOT NULL,
    goal_days integer NOT NULL,
    reward_points bigint NOT NULL CHECK (reward_points >= 0),
    hold_days integer NOT NULL CHECK (hold_days >= 0),
    staff_bonus bigint NOT NULL CHECK (staff_bonus >= 0),
    state smallint NOT NULL,
    halt_reason text NOT NULL DEFAULT '',
    version bigint NOT NULL,
    run integer NOT NULL DEFAULT 0,
    -- how far the run is: everybody up to this key was looked at, as of this moment
    cursor uuid,
    as_of timestamptz,
    segment_version bigint,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    update_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX campaigns_of_trigger ON campaigns (trigger, campaign_id) WHERE trigger > 0 AND state = 2;

-- Who has entered, and what became of the goal. state: 0 no goal, 1 open, 2 reached, 3 rewarded, 4 void.
CREATE TABLE campaign_members (
    campaign_id text NOT NULL,
    member_id uuid NOT NULL,
    held_out boolean NOT NULL,
    enter_time timestamptz NOT NULL,
    goal_kind smallint NOT NULL,
    goal_end_time timestamptz,
    state smallint NOT NULL,
    done_time timestamptz,
    order_id uuid,
    reward_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (campaign_id, member_id)
) WITH (fillfactor = 80);
CREATE INDEX campaign_members_of_member ON campaign_members (member_id, state);

-- Events that concern many members: worked off piece by piece.
CREATE TABLE campaign_fans (
    fan_id uuid PRIMARY KEY,
    trigger smallint NOT NULL,
    sku text NOT NULL,
    params jsonb NOT NULL,
    -- tells one occasion of a good from another
    occasion text NOT NULL,
    cursor uuid NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- Parcels that wait in a store, as far as reminders need them.
CREATE TABLE campaign_pickups (
    fulfilment_id text PRIMARY KEY,
    order_id uuid NOT NULL,
    order_no text NOT NULL,
    location_id text NOT NULL,
    state smallint NOT NULL,
    version bigint NOT NULL,
    deadline_time timestamptz
) WITH (fillfactor = 80);

-- Who wishes for a good: asked when it is there again, or cheaper.
-- before anybody runs it in earnest: no writer waits
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX wishes_of_sku ON wishes (sku, member_id) WHERE NOT removed;

-- Members who bring members. The code is made when it is first asked for.
CREATE TABLE referral_codes (
    member_id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- state: 1 bound, 2 rewarded, 3 void, 4 over the limit. A friend is brought once.
CREATE TABLE referrals (
    friend_id uuid PRIMARY KEY,
    referral_id uuid NOT NULL UNIQUE,
    advocate_id uuid NOT NULL,
    state smallint NOT NULL,
    bind_time timestamptz NOT NULL,
    order_id uuid,
    points bigint NOT NULL DEFAULT 0,
    reward_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX referrals_of_advocate ON referrals (advocate_id, bind_time DESC);

CREATE TABLE referral_rules (
    version bigint PRIMARY KEY,
    active boolean NOT NULL,
    bind_days integer NOT NULL CHECK (bind_days > 0),
    advocate_points bigint NOT NULL CHECK (advocate_points >= 0),
    friend_points bigint NOT NULL CHECK (friend_points >= 0),
    limit_per_year integer NOT NULL CHECK (limit_per_year >= 0),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
