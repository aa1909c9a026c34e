"""Every SQL statement about reservations to try on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.tryouts.domain import Line, State, Tryout

_COLUMNS = """tryout_id, resolve_member(member_id) AS member_id, location_id, state, lines::text AS lines, expire_time,
       create_time, version, sale_id, reason"""
# whoever reserves twice at once does so one after the other
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('tryout:' || (SELECT resolve_member($1))::text, 0))"
_COUNT = """
SELECT count(*) FILTER (WHERE state IN ('ASKED', 'HELD', 'ARRIVED', 'TRYING')) AS standing,
       count(*) FILTER (WHERE state = 'RELEASED' AND reason = 'NO_SHOW' AND create_time > $2) AS missed
  FROM tryouts WHERE member_id IN (SELECT ids_of_member($1)) AND tryout_id <> $3
"""
_INSERT = """
INSERT INTO tryouts (tryout_id, member_id, location_id, state, lines, expire_time, version, create_time, update_time,
    actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $8, $9, $10, $11)
ON CONFLICT DO NOTHING RETURNING true
"""
_CHANGE = """
WITH step AS (
    INSERT INTO tryout_steps (tryout_id, version, state, reason, business_time, actor_kind, actor_id, actor_terminal_id)
    VALUES ($1, $7, $2, $6, $8, $9, $10, $11)
)
UPDATE tryouts SET state = $2, lines = $3::jsonb, expire_time = $4, sale_id = $5, reason = $6, version = $7,
       update_time = $8
 WHERE tryout_id = $1
"""
_FIND = f"SELECT {_COLUMNS} FROM tryouts WHERE tryout_id = ANY($1::uuid[]) ORDER BY tryout_id"
_LOCK = f"{_FIND} FOR UPDATE"
_PAGE = "(create_time, tryout_id) < ($2, $3) AND (NOT $4 OR state IN ('HELD', 'ARRIVED', 'TRYING'))"
_NEWEST = "ORDER BY create_time DESC, tryout_id DESC LIMIT $5"
_OF_MEMBER = f"""
SELECT {_COLUMNS} FROM tryouts
 WHERE member_id IN (SELECT ids_of_member($1)) AND state <> 'ASKED' AND {_PAGE} {_NEWEST}
"""
_OF_LOCATION = f"SELECT {_COLUMNS} FROM tryouts WHERE location_id = $1 AND state <> 'ASKED' AND {_PAGE} {_NEWEST}"
_NAMES = "SELECT sku, name FROM variants WHERE sku = ANY($1::text[]) AND NOT placeholder AND active"
_PICKUP = "SELECT true FROM locations WHERE location_id = $1 AND active AND kind = 'STORE'"

CHECKS = (
    Check(
        "tryouts.standing_ones_end",
        "SELECT count(*) FROM tryouts WHERE state IN ('ASKED', 'HELD', 'ARRIVED', 'TRYING')",
        """
        SELECT 'tryout=' || tryout_id AS subject, 'a timer' AS expected, 'none' AS found, '' AS repair
          FROM tryouts
         WHERE state IN ('ASKED', 'HELD', 'ARRIVED', 'TRYING')
           AND NOT EXISTS (SELECT FROM timers WHERE key = tryout_id::text AND kind = 'tryouts.end') LIMIT 100
        """,
    ),
    Check(
        "tryouts.kept_goods_were_sold",
        "SELECT count(*) FROM tryouts WHERE state = 'CONVERTED'",
        """
        SELECT 'tryout=' || tryout_id || ' sku=' || (line ->> 0) AS subject, '>= ' || (line ->> 3) AS expected,
               coalesce(sold.quantity, 0) AS found, '' AS repair
          FROM tryouts CROSS JOIN LATERAL jsonb_array_elements(lines) AS line
          LEFT JOIN LATERAL (
               SELECT sum(quantity) AS quantity FROM order_lines
                WHERE order_id = tryouts.sale_id AND sku = line ->> 0) AS sold ON true
         WHERE state = 'CONVERTED' AND coalesce(sold.quantity, 0) < (line ->> 3)::bigint LIMIT 100
        """,
    ),
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, str, int, int]]).decode

Cursor = tuple[datetime, str]


async def counts(tx: Tx, member_id: str, tryout_id: str, since: datetime) -> tuple[int, int]:
    """How many others a member has, and how many were laid out in vain; from here on he reserves alone."""
    await tx.execute(_ALONE, member_id)
    ((standing, missed),) = await tx.fetch(_COUNT, member_id, since, tryout_id)
    return standing, missed


async def insert(tx: Tx, given: Tryout, actor: Actor) -> bool:
    """Keeps a new one; False if it was there before."""
    what = (given.tryout_id, given.member_id, given.location_id, given.state, _document(given), given.expire_time)
    who = (given.version, given.create_time, actor.kind, actor.id, actor.terminal_id)
    return bool(await tx.fetchval(_INSERT, *what, *who))


async def change(tx: Tx, after: Tryout, now: datetime, actor: Actor) -> None:
    """Writes it as it stands now, and the step."""
    what = (after.tryout_id, after.state, _document(after), after.expire_time, after.sale_id, after.reason)
    await tx.execute(_CHANGE, *what, after.version, now, actor.kind, actor.id, actor.terminal_id)


async def find(tx: Tx, tryout_ids: Sequence[str], *, lock: bool = False) -> dict[str, Tryout]:
    """Those of these ids."""
    rows = await tx.fetch(_LOCK if lock else _FIND, sorted(set(tryout_ids)))
    return {row["tryout_id"]: _tryout(row) for row in rows}


async def page(tx: Tx, member_id: str, location_id: str, open_: bool, after: Cursor, size: int) -> list[Tryout]:
    """A member's, or a store's, newest first."""
    statement, whose = (_OF_MEMBER, member_id) if member_id else (_OF_LOCATION, location_id)
    return [_tryout(row) for row in await tx.fetch(statement, whose, *after, open_, size)]


async def names(tx: Tx, skus: Sequence[str]) -> dict[str, str]:
    """Goods that are sold, by SKU."""
    return {row["sku"]: row["name"] for row in await tx.fetch(_NAMES, list(skus))}


async def is_store(tx: Tx, location_id: str) -> bool:
    """Whether anybody can try something on there."""
    return bool(await tx.fetchval(_PICKUP, location_id))


def _document(given: Tryout) -> str:
    return _encode([(line.sku, line.name, line.quantity, line.kept) for line in given.lines]).decode()


def _tryout(row: Any) -> Tryout:
    values = dict(row)
    lines = tuple(Line(*line) for line in _decode(values.pop("lines")))
    return Tryout(**values | {"state": State(row["state"])}, lines=lines)
