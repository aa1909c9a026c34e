"""Every SQL statement about wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

_COLUMNS = "member_id, sku, add_time, staff_code, location_id, note_sealed"

# A wish that is there stays as it was first noted; one that was taken off comes back as the new one.
_ADD = f"""
INSERT INTO wishes AS w ({_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (member_id, sku) DO UPDATE
   SET add_time = excluded.add_time, staff_code = excluded.staff_code, location_id = excluded.location_id,
       note_sealed = excluded.note_sealed, removed = false
 WHERE w.removed
RETURNING true
"""

_REMOVE = f"""
UPDATE wishes SET removed = true WHERE member_id = $1 AND sku = $2 AND NOT removed RETURNING {_COLUMNS}
"""

_ONE = f"SELECT {_COLUMNS} FROM wishes WHERE member_id = $1 AND sku = $2 AND NOT removed"

_LIST = f"""
SELECT {_COLUMNS} FROM wishes WHERE member_id = $1 AND NOT removed ORDER BY add_time DESC, sku LIMIT 500
"""

_NEXT = """
INSERT INTO wish_heads AS h (member_id, version) VALUES ($1, 1)
    ON CONFLICT (member_id) DO UPDATE SET version = h.version + 1
RETURNING version
"""

_PUT_SKUS = """
INSERT INTO known_skus AS k (sku, product_id, version) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT (sku) DO UPDATE SET product_id = excluded.product_id, version = excluded.version
 WHERE k.version < excluded.version
"""

_KNOWN = "SELECT EXISTS (SELECT FROM known_skus WHERE sku = $1)"

_LEAVE = "DELETE FROM wishes WHERE member_id = $1"

_IN_CLEAR = """
SELECT member_id, sku, note FROM wishes WHERE note <> '' ORDER BY member_id, sku LIMIT $1 FOR UPDATE SKIP LOCKED
"""

_SEALED = "UPDATE wishes SET note_sealed = $3, note = '' WHERE member_id = $1 AND sku = $2"


@dataclass(frozen=True, slots=True)
class Row:
    """A wish as it is kept."""

    member_id: str
    sku: str
    add_time: datetime
    staff_code: str
    location_id: str
    note_sealed: bytes | None


async def add(tx: Tx, row: Row) -> bool:
    """Puts a wish on the list; False if it was there."""
    values = (row.member_id, row.sku, row.add_time, row.staff_code, row.location_id, row.note_sealed)
    return bool(await tx.fetchval(_ADD, *values))


async def remove(tx: Tx, member_id: str, sku: str) -> Row | None:
    """Takes a wish off the list; None if it was not there."""
    row = await tx.fetchrow(_REMOVE, member_id, sku)
    return Row(*row) if row else None


async def one(tx: Tx, member_id: str, sku: str) -> Row | None:
    """The wish as it stands."""
    row = await tx.fetchrow(_ONE, member_id, sku)
    return Row(*row) if row else None


async def of_member(tx: Tx, member_id: str) -> list[Row]:
    """A member's wishes, newest first."""
    return [Row(*row) for row in await tx.fetch(_LIST, member_id)]


async def next_version(tx: Tx, member_id: str) -> int:
    """The sequence of the member's next wish event."""
    version: int = await tx.fetchval(_NEXT, member_id)
    return version


async def put_skus(tx: Tx, rows: Sequence[tuple[str, str, int]]) -> None:
    """Keeps which SKUs (sku, product, version) exist."""
    if rows:
        await tx.execute(_PUT_SKUS, *map(list, zip(*rows, strict=True)))


async def knows(tx: Tx, sku: str) -> bool:
    """Whether the catalogue has that SKU."""
    return bool(await tx.fetchval(_KNOWN, sku))


async def leave(tx: Tx, member_id: str) -> None:
    """Forgets all that an id wished."""
    await tx.execute(_LEAVE, member_id)


async def in_clear(tx: Tx, limit: int) -> list[tuple[str, str, str]]:
    """Notes (member, sku, text) from before they were sealed, locked."""
    return [tuple(row) for row in await tx.fetch(_IN_CLEAR, limit)]


async def sealed(tx: Tx, member_id: str, sku: str, note: bytes) -> None:
    """The note is sealed from now on."""
    await tx.execute(_SEALED, member_id, sku, note)
