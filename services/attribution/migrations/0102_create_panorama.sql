-- migrate:up

-- One row per brand-local day, channel kind and store; a projection of sales and credits, provable by recount.
CREATE TABLE panorama_days (
    day date NOT NULL,
    channel_kind smallint NOT NULL,
    location_id text NOT NULL,
    orders bigint NOT NULL,
    units bigint NOT NULL,
    revenue bigint NOT NULL,
    driven_online_orders bigint NOT NULL,
    driven_online_revenue bigint NOT NULL,
    PRIMARY KEY (day, channel_kind, location_id)
) WITH (fillfactor = 70);

-- migrate:down
