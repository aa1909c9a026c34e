-- migrate:up

-- A file on its way into the catalogue. The numbers are those of the run that is on or was last.
CREATE TABLE imports (
    import_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('PENDING', 'CHECKING', 'CHECKED', 'APPLYING', 'COMPLETED')),
    format text NOT NULL CHECK (format IN ('CSV', 'JSON_LINES')),
    mapping jsonb NOT NULL,
    -- the columns that the file's first line names
    columns text[] NOT NULL DEFAULT '{}',
    file_name text NOT NULL DEFAULT '',
    parts bigint NOT NULL DEFAULT 0,
    rows bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_failed bigint NOT NULL DEFAULT 0,
    rows_changed bigint NOT NULL DEFAULT 0,
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_terminal_id text NOT NULL DEFAULT ''
);

-- What was uploaded, so that a repeated part is taken once.
CREATE TABLE import_parts (
    import_id uuid NOT NULL,
    part_no bigint NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (import_id, part_no)
);

-- Rows wait here until they are applied. record: text by column, or why the row cannot be read.
CREATE TABLE import_rows (
    import_id uuid NOT NULL,
    row_no bigint NOT NULL,
    record jsonb NOT NULL,
    PRIMARY KEY (import_id, row_no)
);

-- SKUs and barcodes that a run has met, each with the first row that named it.
CREATE TABLE import_keys (
    import_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('SKU', 'BARCODE')),
    key text COLLATE "C" NOT NULL,
    row_no bigint NOT NULL,
    owner text NOT NULL,
    PRIMARY KEY (import_id, kind, key)
);

CREATE TABLE import_errors (
    import_id uuid NOT NULL,
    row_no bigint NOT NULL,
    error_no bigint NOT NULL,
    field text NOT NULL,
    rule text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (import_id, row_no, error_no)
);

-- migrate:down
