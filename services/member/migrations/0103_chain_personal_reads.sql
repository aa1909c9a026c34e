-- migrate:up

-- Who looked cannot be altered, left out or put in afterwards without breaking a chain: each link carries a hash over
-- its row and the link before it. Sixteen chains, so that tills do not wait for each other; the actor tells which one.
CREATE TABLE personal_read_links (
    chain bigint NOT NULL,
    sequence bigint NOT NULL,
    read_id uuid NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (chain, sequence)
);
CREATE UNIQUE INDEX personal_read_links_of_read ON personal_read_links (read_id);

CREATE TABLE personal_read_heads (
    chain bigint PRIMARY KEY,
    sequence bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 50);
INSERT INTO personal_read_heads (chain, sequence, hash) SELECT chain, 0, '' FROM generate_series(0, 15) AS chain;

-- What a link's hash is made over, beside the hash before it.
CREATE FUNCTION personal_read_content(looked personal_reads) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN convert_to(
    json_build_array(looked.read_id, looked.member_id, looked.contact_id, looked.rpc, looked.purpose, looked.found,
                     looked.actor_kind, looked.actor_id, looked.actor_terminal_id,
                     extract(epoch FROM looked.business_time))::text, 'UTF8');

DO $$
DECLARE
    service_role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF service_role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service_role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON personal_read_links FROM %I', service_role);
        EXECUTE format('REVOKE INSERT, DELETE, TRUNCATE ON personal_read_heads FROM %I', service_role);
    END IF;
END
$$;

-- migrate:down
