"""The bare path's three databases in one: a table or two for each owner, one statement and one commit for each step."""

import asyncpg

SCHEMA = """
CREATE TABLE orders (order_id uuid PRIMARY KEY, member_id text NOT NULL, total bigint NOT NULL, state text NOT NULL);
CREATE TABLE order_lines (order_id uuid, line_no int, sku text NOT NULL, quantity bigint NOT NULL,
    PRIMARY KEY (order_id, line_no));
CREATE TABLE outbox (event_id uuid PRIMARY KEY, payload bytea NOT NULL);
CREATE TABLE stock (sku text PRIMARY KEY, on_hand bigint NOT NULL, held bigint NOT NULL CHECK (held >= 0))
    WITH (fillfactor = 50);
CREATE TABLE holds (order_id uuid PRIMARY KEY, skus text[] NOT NULL, quantities bigint[] NOT NULL);
CREATE TABLE points (order_id uuid PRIMARY KEY, member_id text NOT NULL, points bigint NOT NULL);
"""
STOCK = "INSERT INTO stock SELECT unnest($1::text[]), 1000000000, 0"
HOLD = """
WITH locked AS (
    SELECT stock.sku, asked.quantity
      FROM stock JOIN unnest($2::text[], $3::bigint[]) AS asked (sku, quantity) USING (sku)
     WHERE on_hand - held >= asked.quantity ORDER BY stock.sku FOR UPDATE OF stock
), held AS (
    UPDATE stock SET held = held + locked.quantity FROM locked
     WHERE stock.sku = locked.sku AND (SELECT count(*) FROM locked) = cardinality($2::text[])
    RETURNING stock.sku
)
INSERT INTO holds SELECT $1, $2, $3 WHERE (SELECT count(*) FROM held) = cardinality($2::text[]) RETURNING true
"""
EARN = "INSERT INTO points VALUES ($1, $2, $3)"
PLACE = """
WITH head AS (INSERT INTO orders VALUES ($1, $2, $3, 'CONFIRMED')),
lines AS (
    INSERT INTO order_lines
    SELECT $1, line_no, sku, quantity
      FROM unnest($4::text[], $5::bigint[]) WITH ORDINALITY AS line (sku, quantity, line_no)
)
INSERT INTO outbox VALUES ($6, $7)
"""


async def connect(dsn: str) -> "asyncpg.Pool[asyncpg.Record]":
    """Eight connections, as every service has, without the pool's reset query."""
    return await asyncpg.create_pool(dsn, min_size=8, max_size=8, reset=_nothing)


async def _nothing(_connection: object) -> None:
    """No code sets session state."""
