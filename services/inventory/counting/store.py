"""Rows of counts."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.counting.domain import Line, Session

_COLUMNS = "session_id, location_id, area, state, directed, create_time, active_user, approve_time, version"
_OPEN = f"""
INSERT INTO count_sessions ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (location_id, area) WHERE state IN ('OPEN', 'SUBMITTED') DO NOTHING RETURNING session_id
"""
_STANDING = """
SELECT session_id FROM count_sessions WHERE location_id = $1 AND area = $2 AND state IN ('OPEN', 'SUBMITTED')
"""
_PUT = """
UPDATE count_sessions SET state = $2, active_user = $3, approve_time = $4, version = $5, actor_kind = $6, actor_id = $7,
       actor_terminal_id = $8
 WHERE session_id = $1
"""
_PUT_LINES = """
INSERT INTO count_lines (session_id, sku, status, directed, quantity, count_time, expected, overtaken, recounts,
    counted_by)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::boolean[], $5::bigint[], $6::timestamptz[], $7::bigint[],
                         $8::boolean[], $9::int[], $10::text[])
ON CONFLICT (session_id, sku) DO UPDATE SET status = excluded.status, quantity = excluded.quantity,
    count_time = excluded.count_time, expected = excluded.expected, overtaken = excluded.overtaken,
    recounts = excluded.recounts, counted_by = excluded.counted_by
"""
_ONE = f"SELECT {_COLUMNS} FROM count_sessions WHERE session_id = $1"
_LOCK = f"{_ONE} FOR UPDATE"
_LINES = """
SELECT sku, status, directed, quantity, count_time, expected, overtaken, recounts, counted_by FROM count_lines
 WHERE session_id = $1 ORDER BY sku
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM count_sessions WHERE session_id < $1 AND ($2 = '' OR state = $2)
 ORDER BY session_id DESC LIMIT $3
"""
_PAGE_HERE = f"""
SELECT {_COLUMNS} FROM count_sessions WHERE location_id = $4 AND session_id < $1 AND ($2 = '' OR state = $2)
 ORDER BY session_id DESC LIMIT $3
"""
# a scanned code is a SKU or a barcode
_MATCH = """
SELECT asked.code, coalesce((SELECT v.sku FROM variants v WHERE v.sku = asked.code),
                            (SELECT b.sku FROM barcodes b WHERE b.barcode = asked.code)) AS sku
  FROM unnest($1::text[]) AS asked (code)
"""


async def open(tx: Tx, given: Session, lines: Sequence[Line], actor: Actor) -> bool:  # noqa: A001
    """Writes a new count; False if one of its area stands."""
    head = (given.session_id, given.location_id, given.area, given.state, given.directed, given.create_time,
            given.active_user, given.approve_time, given.version)  # fmt: skip
    if await tx.fetchval(_OPEN, *head, actor.kind.value, actor.id, actor.terminal_id) is None:
        return False
    await put_lines(tx, given.session_id, lines)
    return True


async def standing(tx: Tx, location_id: str, area: str) -> str:
    """The count that stands of an area."""
    return str(await tx.fetchval(_STANDING, location_id, area) or "")


async def put(tx: Tx, given: Session, actor: Actor) -> None:
    """Writes a count's step."""
    head = (given.session_id, given.state, given.active_user, given.approve_time, given.version)
    await tx.execute(_PUT, *head, actor.kind.value, actor.id, actor.terminal_id)


async def put_lines(tx: Tx, session_id: str, lines: Sequence[Line]) -> None:
    """Writes lines over what was there."""
    rows = [
        (one.sku, one.status, one.directed, one.quantity, one.count_time, one.expected, one.overtaken, one.recounts,
         one.counted_by)
        for one in lines
    ]  # fmt: skip
    if rows:
        await tx.execute(_PUT_LINES, session_id, *map(list, zip(*rows, strict=True)))


async def one(tx: Tx, session_id: str, *, lock: bool = False) -> Session | None:
    """One count, locked if asked."""
    row = await tx.fetchrow(_LOCK if lock else _ONE, session_id)
    return _session(row) if row else None


async def lines(tx: Tx, session_id: str) -> list[Line]:
    """A count's lines, in SKU order."""
    return [Line(**dict(row)) for row in await tx.fetch(_LINES, session_id)]


async def page(tx: Tx, before: str, state: str, size: int, location_id: str) -> list[Session]:
    """Counts, newest first; of all locations if none is named."""
    if location_id:
        return [_session(row) for row in await tx.fetch(_PAGE_HERE, before, state, size, location_id)]
    return [_session(row) for row in await tx.fetch(_PAGE, before, state, size)]


async def match(tx: Tx, codes: Sequence[str]) -> dict[str, str]:
    """The SKUs that scanned codes stand for; codes that stand for none are left out."""
    rows = await tx.fetch(_MATCH, list(codes))
    return {row["code"]: row["sku"] for row in rows if row["sku"] is not None}


def _session(row: Any) -> Session:
    return Session(**dict(row))
