-- migrate:up

-- Prices as inventory announces them, and what they were before they fell: what a wish can be on offer for.
CREATE TABLE sku_prices (
    sku text NOT NULL,
    price_list_id text NOT NULL,
    amount bigint NOT NULL,
    -- before the last fall; null where the last change was a rise, or there was none
    before_amount bigint,
    change_time timestamptz NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (sku, price_list_id)
) WITH (fillfactor = 80);

-- migrate:down
