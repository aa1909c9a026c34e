"""Terminals and their one-time codes in the database."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.access.domain import By, Terminal

_INSERT_CODE = """
INSERT INTO terminal_codes (code_hash, location_id, name, expire_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6)
"""

_SPEND_CODE = """
UPDATE terminal_codes SET used_time = $2 WHERE code_hash = $1 AND used_time IS NULL AND expire_time > $2
RETURNING location_id, name
"""

_INSERT = """
INSERT INTO terminals (terminal_id, location_id, name, active, secret_hash, version, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $6, $5, $7, $8)
"""

_GET = """
SELECT terminal_id, location_id, name, active, version, secret_hash FROM terminals WHERE terminal_id = $1
"""

_REVOKE = """
UPDATE terminals
   SET active = false, version = version + 1, revoke_time = $2, revoke_reason = $3, actor_kind = $4, actor_id = $5
 WHERE terminal_id = $1 AND active
RETURNING terminal_id, location_id, name, active, version
"""

_LIST = """
SELECT terminal_id, location_id, name, active, version FROM terminals
 WHERE terminal_id > $1 AND ($2 = '' OR location_id = $2) ORDER BY terminal_id LIMIT $3
"""


async def insert_code(tx: Tx, code_hash: bytes, location_id: str, name: str, expire_time: datetime, by: By) -> None:
    """Keeps a one-time code."""
    await tx.execute(_INSERT_CODE, code_hash, location_id, name, expire_time, by.kind, by.id)


async def spend_code(tx: Tx, code_hash: bytes, now: datetime) -> tuple[str, str] | None:
    """The location and name of a code, which nobody gets again."""
    row = await tx.fetchrow(_SPEND_CODE, code_hash, now)
    return (row["location_id"], row["name"]) if row else None


async def insert(tx: Tx, terminal: Terminal, secret_hash: bytes, by: By) -> None:
    """Keeps a new terminal."""
    one = terminal
    head = (one.terminal_id, one.location_id, one.name, one.active, one.version)
    await tx.execute(_INSERT, *head, secret_hash, by.kind, by.id)


async def get(tx: Tx, terminal_id: str) -> tuple[Terminal, bytes] | None:
    """A terminal and the hash of its credential."""
    row = await tx.fetchrow(_GET, terminal_id)
    return (Terminal(*tuple(row)[:5]), row["secret_hash"]) if row else None


async def revoke(tx: Tx, terminal_id: str, now: datetime, reason: str, by: By) -> Terminal | None:
    """Ends a terminal; None if there is no active one."""
    row = await tx.fetchrow(_REVOKE, terminal_id, now, reason, by.kind, by.id)
    return Terminal(*row) if row else None


async def page(tx: Tx, after: str, location_id: str, limit: int) -> Sequence[Terminal]:
    """Terminals of a location (empty for all), oldest first."""
    return [Terminal(*row) for row in await tx.fetch(_LIST, after, location_id, limit)]
