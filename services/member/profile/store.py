"""Every SQL statement about wishes."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.profile.domain import Wish

_COLUMNS = "member_id, sku, add_time, staff_code, location_id, note"

# A wish that is there stays as it was first noted; one that was taken off comes back as the new one.
_ADD = f"""
INSERT INTO wishes AS w ({_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (member_id, sku) DO UPDATE
   SET add_time = excluded.add_time, staff_code = excluded.staff_code, location_id = excluded.location_id,
       note = excluded.note, removed = false
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

_REHOME = """
INSERT INTO wishes AS w (member_id, sku, add_time, staff_code, location_id, note)
SELECT $2, sku, add_time, staff_code, location_id, note FROM wishes WHERE member_id = $1 AND NOT removed
    ON CONFLICT (member_id, sku) DO NOTHING
"""


async def add(tx: Tx, wish: Wish) -> bool:
    """Puts a wish on the list; False if it was there."""
    row = (wish.member_id, wish.sku, wish.add_time, wish.staff_code, wish.location_id, wish.note)
    return bool(await tx.fetchval(_ADD, *row))


async def remove(tx: Tx, member_id: str, sku: str) -> Wish | None:
    """Takes a wish off the list; None if it was not there."""
    row = await tx.fetchrow(_REMOVE, member_id, sku)
    return Wish(**row) if row else None


async def one(tx: Tx, member_id: str, sku: str) -> Wish | None:
    """The wish as it stands."""
    row = await tx.fetchrow(_ONE, member_id, sku)
    return Wish(**row) if row else None


async def of_member(tx: Tx, member_id: str) -> list[Wish]:
    """A member's wishes, newest first."""
    return [Wish(**row) for row in await tx.fetch(_LIST, member_id)]


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


async def rehome(tx: Tx, absorbed_id: str, member_id: str) -> None:
    """Copies the wishes of an absorbed id to the member whom it means."""
    await tx.execute(_REHOME, absorbed_id, member_id)
