-- migrate:up

-- The ordered rules as a whole, version by version; a version is never changed, only its state.
CREATE TABLE availability_rules (
    version bigint PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('DRAFT', 'ACTIVE', 'RETIRED')),
    note text NOT NULL DEFAULT '',
    document jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    activate_time timestamptz,
    record_time timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX availability_rules_active ON availability_rules (state) WHERE state = 'ACTIVE';

-- One row: who writes or activates rules locks it. `watch`: with more than so many units of a SKU at one location,
-- before and after a change, no channel and no store can sell out or come back by that change.
CREATE TABLE availability_head (
    name text COLLATE "C" PRIMARY KEY,
    last_version bigint NOT NULL DEFAULT 0,
    active_version bigint NOT NULL DEFAULT 0,
    watch bigint NOT NULL DEFAULT 0,
    -- there are kits, of which a part decides earlier
    kits boolean NOT NULL DEFAULT false
);
INSERT INTO availability_head (name, kits)
SELECT 'availability', EXISTS (SELECT FROM variants WHERE components <> '[]');

-- How sure we are that what is counted here is there, in per mille; nothing written: entirely.
CREATE TABLE stock_confidence (
    sku text COLLATE "C" NOT NULL,
    location_id text COLLATE "C" NOT NULL,
    per_mille int NOT NULL CHECK (per_mille BETWEEN 0 AND 1000),
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sku, location_id)
);

-- Where a SKU was to be had when somebody last looked: what comes and goes is told once.
CREATE TABLE availability_states (
    sku text COLLATE "C" PRIMARY KEY,
    channel_ids text[] NOT NULL,
    location_ids text[] NOT NULL,
    version bigint NOT NULL
) WITH (fillfactor = 80);

-- SKUs to look at; '' stands for all. Rows are only added and taken away, so that no two changes wait for each other.
CREATE TABLE availability_changes (
    change_id uuid PRIMARY KEY DEFAULT uuidv7(),
    sku text COLLATE "C" NOT NULL,
    record_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- kits by what they hold
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX variants_of_component ON variants USING gin (components jsonb_path_ops) WHERE components <> '[]';

CREATE FUNCTION note_stock_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO availability_changes (sku)
    SELECT new.sku FROM availability_head h
     WHERE h.name = 'availability'
       AND (h.watch >= CASE WHEN tg_op = 'UPDATE' THEN least(old.available, new.available) ELSE 0 END
            OR h.kits AND EXISTS (SELECT FROM variants v WHERE v.components <> '[]'
                AND v.components @> jsonb_build_array(jsonb_build_object('sku', new.sku))));
    RETURN NULL;
END
$$;
-- nothing to sell before and after is no change, so books that were never opened cost nothing
CREATE TRIGGER stock_levels_noted AFTER UPDATE ON stock_levels FOR EACH ROW
    WHEN (old.available <> new.available AND greatest(old.available, new.available) > 0)
    EXECUTE FUNCTION note_stock_change();
CREATE TRIGGER stock_levels_made AFTER INSERT ON stock_levels FOR EACH ROW
    WHEN (new.available > 0) EXECUTE FUNCTION note_stock_change();

-- what was kept in the books before this migration
INSERT INTO availability_changes (sku) SELECT '' FROM stock_levels LIMIT 1;

CREATE FUNCTION note_one_sku() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO availability_changes (sku) VALUES (new.sku);
    RETURN NULL;
END
$$;
CREATE TRIGGER stock_confidence_noted AFTER INSERT OR UPDATE ON stock_confidence FOR EACH ROW
    EXECUTE FUNCTION note_one_sku();
CREATE TRIGGER variants_noted AFTER UPDATE ON variants FOR EACH ROW
    WHEN (old.components <> new.components OR old.options <> new.options OR old.active <> new.active
          OR old.product_id <> new.product_id)
    EXECUTE FUNCTION note_one_sku();
CREATE TRIGGER variants_made AFTER INSERT ON variants FOR EACH ROW
    WHEN (new.components <> '[]') EXECUTE FUNCTION note_one_sku();

CREATE FUNCTION note_kits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE availability_head SET kits = true WHERE name = 'availability' AND NOT kits;
    RETURN NULL;
END
$$;
CREATE TRIGGER variants_of_kits AFTER INSERT OR UPDATE ON variants FOR EACH ROW
    WHEN (new.components <> '[]') EXECUTE FUNCTION note_kits();

CREATE FUNCTION note_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO availability_changes (sku) SELECT v.sku FROM variants v WHERE v.product_id = new.product_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER products_noted AFTER UPDATE ON products FOR EACH ROW
    WHEN (old.brand <> new.brand OR old.categories <> new.categories OR old.tags <> new.tags
          OR old.active <> new.active)
    EXECUTE FUNCTION note_product();

CREATE FUNCTION note_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO availability_changes (sku) VALUES ('');
    RETURN NULL;
END
$$;
CREATE TRIGGER locations_noted AFTER UPDATE ON locations FOR EACH STATEMENT EXECUTE FUNCTION note_everything();
CREATE TRIGGER location_groups_noted AFTER INSERT OR UPDATE ON location_groups FOR EACH STATEMENT
    EXECUTE FUNCTION note_everything();
CREATE TRIGGER channels_noted AFTER INSERT ON channels FOR EACH STATEMENT EXECUTE FUNCTION note_everything();

-- migrate:down
