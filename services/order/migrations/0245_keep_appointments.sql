-- migrate:up

-- When stores receive shoppers with an appointment, by version; the newest counts.
CREATE TABLE pickup_hours (
    location_id text NOT NULL,
    version bigint NOT NULL,
    hours jsonb NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    PRIMARY KEY (location_id, version)
);
CREATE TRIGGER pickup_hours_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pickup_hours
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- Locked by whoever gives away a slot.
CREATE TABLE pickup_slots (
    location_id text NOT NULL,
    start_time timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (location_id, start_time)
) WITH (fillfactor = 50);

-- When a shopper comes for a task, and to whom. It counts while it is booked and the task is not at its end.
CREATE TABLE pickup_appointments (
    appointment_id uuid PRIMARY KEY,
    fulfilment_id uuid NOT NULL,
    location_id text NOT NULL,
    staff_code text NOT NULL DEFAULT '',
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('BOOKED', 'CANCELLED')),
    version bigint NOT NULL DEFAULT 1,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX pickup_appointments_of_task ON pickup_appointments (fulfilment_id) WHERE state = 'BOOKED';
CREATE INDEX pickup_appointments_of_day ON pickup_appointments (location_id, start_time) WHERE state = 'BOOKED';
CREATE INDEX pickup_appointments_of_staff ON pickup_appointments (staff_code, start_time)
    WHERE state = 'BOOKED' AND staff_code <> '';

-- migrate:down
