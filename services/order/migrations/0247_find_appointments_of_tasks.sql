-- migrate:up

-- also those that were cancelled: a person takes along when he said that he would come
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX pickup_appointments_every_of_task ON pickup_appointments (fulfilment_id);

-- migrate:down
