-- migrate:up

-- Goods that are sold before they are there. Offers in force are held in memory with all else that prices depend on.
CREATE TABLE preorder_offers (
    offer_id text COLLATE "C" PRIMARY KEY,
    sku text COLLATE "C" NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    release_time timestamptz NOT NULL,
    -- where what is shipped comes in and leaves from
    ship_location_id text NOT NULL DEFAULT '',
    -- sells no more, whatever its window says
    ended boolean NOT NULL DEFAULT false,
    -- there is another offer for its SKU, or none is needed any more
    replaced boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    CHECK (start_time < end_time AND end_time <= release_time)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX preorder_offers_in_force ON preorder_offers (sku) WHERE NOT replaced;
CREATE INDEX preorder_offers_of_sku ON preorder_offers (sku, offer_id);

-- What of an offer is sold: in all (scope ''), by channel ('c:web'), by the place that hands it over ('l:TPE01'). Whoever
-- buys locks these rows in key order: who comes at the same moment waits, and is then told the truth.
CREATE TABLE preorder_counts (
    offer_id text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    units bigint NOT NULL DEFAULT 0 CHECK (units >= 0),
    cap bigint CHECK (cap >= 0),
    PRIMARY KEY (offer_id, scope)
) WITH (fillfactor = 50);

-- For which orders it is counted; units that are cancelled are taken off again.
CREATE TABLE preorder_lines (
    order_id uuid NOT NULL,
    line_no int NOT NULL,
    offer_id text COLLATE "C" NOT NULL,
    channel_id text NOT NULL,
    location_id text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    -- when it might be handed over: its goods were there, and its day had come
    release_time timestamptz,
    -- reserved for an order that nobody has seen yet; if it never comes, the units go back
    open boolean NOT NULL DEFAULT true,
    claim_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no)
) WITH (fillfactor = 80);
CREATE INDEX preorder_lines_of_offer ON preorder_lines (offer_id, order_id, line_no);
CREATE INDEX preorder_lines_open ON preorder_lines (claim_time) WHERE open;

-- Takes units of lines off their offer's counts, in the order in which buyers lock them.
CREATE FUNCTION preorders_give_back(of_order uuid, of_line int, units_back bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        UPDATE preorder_lines AS line SET quantity = line.quantity - least(line.quantity, coalesce(units_back, line.quantity))
          FROM (SELECT order_id, line_no, quantity FROM preorder_lines
                 WHERE order_id = of_order AND (of_line IS NULL OR line_no = of_line)
                 ORDER BY line_no FOR UPDATE) AS before
         WHERE line.order_id = before.order_id AND line.line_no = before.line_no
        RETURNING line.offer_id, line.channel_id, line.location_id, before.quantity - line.quantity AS units
    ), sums AS (
        SELECT offer_id, scope, sum(units)::bigint AS units
          FROM gone CROSS JOIN LATERAL unnest(ARRAY['', 'c:' || channel_id, 'l:' || location_id]) AS scope
         GROUP BY offer_id, scope
    ), locked AS (
        SELECT counted.offer_id, counted.scope FROM preorder_counts AS counted JOIN sums USING (offer_id, scope)
         ORDER BY counted.offer_id, counted.scope FOR UPDATE OF counted
    )
    UPDATE preorder_counts AS counted SET units = counted.units - sums.units
      FROM sums JOIN locked USING (offer_id, scope)
     WHERE counted.offer_id = sums.offer_id AND counted.scope = sums.scope;
END
$$;

-- In the transaction that cancels, whichever way it came to that: no path can forget it.
CREATE FUNCTION give_preorders_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM preorders_give_back(new.order_id, NULL, NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER orders_give_preorders_back AFTER UPDATE OF state ON orders
    FOR EACH ROW WHEN (new.state = 'CANCELLED' AND old.state <> 'CANCELLED') EXECUTE FUNCTION give_preorders_back();

CREATE FUNCTION give_preordered_units_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM preorders_give_back(new.order_id, new.line_no, new.quantity);
    RETURN NULL;
END
$$;
CREATE TRIGGER cancelled_units_give_preorders_back AFTER INSERT ON cancelled_units
    FOR EACH ROW EXECUTE FUNCTION give_preordered_units_back();

-- migrate:down
