"""Every SQL statement by which identifiers and the rest of the register change hands between two members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Tx

_IDENTIFIERS = """
SELECT kind, lookup, value_sealed, verify_time FROM member_identifiers
 WHERE member_id = $1 ORDER BY kind, lookup FOR UPDATE
"""

_GIVE = """
WITH given AS (
    SELECT * FROM unnest($3::text[], $4::bytea[], $5::bytea[]) AS it (kind, lookup, value_sealed)
), holders AS (
    UPDATE identifier_holders AS h SET member_id = $2 FROM given WHERE h.lookup = given.lookup AND h.member_id = $1
)
UPDATE member_identifiers AS m SET member_id = $2, value_sealed = given.value_sealed
  FROM given WHERE m.member_id = $1 AND m.kind = given.kind AND m.lookup = given.lookup
"""

_HEAD = """
SELECT member_id, kind, name_sealed, claim_time, enrolled_location_id, enrolled_staff_code, join_time FROM members
 WHERE member_id = ANY($1::uuid[])
"""

_PUT = """
UPDATE members
   SET kind = $2, name_sealed = $3, claim_time = $4, enrolled_location_id = $5, enrolled_staff_code = $6,
       join_time = $7
 WHERE member_id = $1
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An identifier as it is kept."""

    kind: str
    lookup: bytes
    value_sealed: bytes
    verify_time: datetime | None


@dataclass(frozen=True, slots=True)
class Head:
    """What the register says of a member beside identifiers."""

    member_id: str
    kind: str
    name_sealed: bytes | None
    claim_time: datetime | None
    enrolled_location_id: str
    enrolled_staff_code: str
    join_time: datetime


async def identifiers(tx: Tx, member_id: str) -> list[Kept]:
    """A member's identifiers, locked."""
    return [Kept(*row) for row in await tx.fetch(_IDENTIFIERS, member_id)]


async def give(tx: Tx, giver: str, taker: str, sealed: Sequence[tuple[str, bytes, bytes]]) -> None:
    """Re-owns identifiers (kind, lookup, sealed anew), and who is found by them."""
    if sealed:
        await tx.execute(_GIVE, giver, taker, *map(list, zip(*sealed, strict=True)))


async def heads(tx: Tx, *member_ids: str) -> dict[str, Head]:
    """What is said of these members; a till's id of which nobody enrolled has none."""
    return {row["member_id"]: Head(*row) for row in await tx.fetch(_HEAD, list(member_ids))}


async def put(tx: Tx, head: Head) -> None:
    """Says it anew; whoever changes it has the member's next version announced."""
    values: tuple[Any, ...] = (head.member_id, head.kind, head.name_sealed, head.claim_time)
    await tx.execute(_PUT, *values, head.enrolled_location_id, head.enrolled_staff_code, head.join_time)
