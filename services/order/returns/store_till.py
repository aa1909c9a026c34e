"""What tills took back by themselves."""

from datetime import datetime

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.returns.domain_till import Goods, TakenBack

_INSERT = """
INSERT INTO till_returns (return_id, sale_id, terminal_id, location_id, state, fact, business_time, update_time)
VALUES ($1, $2, $3, $4, 'WAITING', $5::jsonb, $6, $7) ON CONFLICT (return_id) DO NOTHING RETURNING true
"""
_LOCK = "SELECT fact::text, update_time FROM till_returns WHERE return_id = $1 AND state = 'WAITING' FOR UPDATE"
_CHANGE = """
UPDATE till_returns SET state = $2, order_id = $3, goods = $4::jsonb, excess = $5, update_time = $6 WHERE return_id = $1
"""
_FLAG = """
WITH review AS (
    INSERT INTO sale_reviews (order_id, flag, subject, location_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
)
UPDATE orders SET version = version + 1, update_time = now(),
       review_flags = array_append(array_remove(review_flags, $2), $2)
 WHERE order_id = $1 RETURNING version
"""
CHECKS = (
    Check(
        "returns.tills_returns_are_documents",
        "SELECT count(*) FROM till_returns",
        """
        SELECT 'return=' || told.return_id AS subject,
               CASE told.state WHEN 'WAITING' THEN 'somebody looks again' ELSE 'a return, where units explain it' END
               AS expected, told.state AS found, 'omoctl saga list order' AS repair
          FROM till_returns AS told
          LEFT JOIN returns USING (return_id)
         WHERE (told.state = 'EXPLAINED' AND returns.return_id IS NULL)
            OR (told.state = 'DOUBTFUL' AND told.goods = '[]'::jsonb AND returns.return_id IS NULL)
            OR (told.state = 'WAITING' AND (returns.return_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM timers WHERE kind = 'returns.waiting' AND key = told.return_id::text))) LIMIT 100
        """,
    ),
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TakenBack).decode


async def insert(tx: Tx, told: TakenBack, now: datetime) -> bool:
    """Keeps what a till told; False if that return is here already."""
    head = (told.return_id, told.sale_id, told.terminal_id, told.location_id)
    return bool(await tx.fetchval(_INSERT, *head, _encode(told).decode(), told.at, now))


async def lock(tx: Tx, return_id: str) -> tuple[TakenBack, datetime] | None:
    """One whose order is not known yet, and since when it is here."""
    row = await tx.fetchrow(_LOCK, return_id)
    return (_decode(row[0]), row[1]) if row else None


async def change(
    tx: Tx, return_id: str, state: str, order_id: str | None, goods: list[Goods], excess: int, now: datetime
) -> None:
    """What of it is explained by now."""
    await tx.execute(_CHANGE, return_id, state, order_id, _encode(goods).decode(), excess, now)


async def flag(tx: Tx, told: TakenBack, flag: str) -> int:
    """Puts the till's sale before a person; gives its new version."""
    return int(await tx.fetchval(_FLAG, told.sale_id, flag, told.return_id, told.location_id) or 0)
