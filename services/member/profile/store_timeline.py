"""Every SQL statement about timelines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kit.postgres import Tx

# A record told again, also under an id that meanwhile means somebody else, stays as it is.
_INSERT = """
INSERT INTO timeline_records (member_id, record_id, kind, source, location_id, staff_code, subject_id, data,
                              text_sealed, business_time)
SELECT one.member_id, record_id, kind, source, location_id, staff_code, subject_id, data::jsonb, text_sealed,
       business_time
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::bytea[], $10::timestamptz[])
       AS one (member_id, record_id, kind, source, location_id, staff_code, subject_id, data, text_sealed,
               business_time)
 WHERE NOT EXISTS (SELECT FROM member_aliases AS also JOIN timeline_records AS had ON had.member_id = also.alias_id
                    WHERE also.member_id = one.member_id AND had.record_id = one.record_id)
 ORDER BY 1, 2
    ON CONFLICT (member_id, record_id) DO NOTHING
"""

# by any id of the member
_STANDING = """
SELECT one.record_id FROM unnest($1::uuid[], $2::uuid[]) AS one (member_id, record_id)
 CROSS JOIN LATERAL (SELECT one.member_id AS id UNION ALL
                     SELECT alias_id FROM member_aliases AS also WHERE also.member_id = one.member_id) AS own
  JOIN timeline_records AS had ON had.member_id = own.id AND had.record_id = one.record_id
"""

_MEANT = """
SELECT asked, resolve_member(asked) FROM unnest($1::uuid[]) AS asked
"""

_IDS = """
SELECT resolve_member($1) UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = resolve_member($1)
"""

_COLUMNS = """one.member_id, one.record_id, one.kind, one.source, one.business_time, one.location_id, one.staff_code,
              one.subject_id, one.data::text, one.text_sealed"""

# From each id's own index as many as could be shown; then the newest of all. $4 and $5: strictly before this record.
_PAGE = f"""
SELECT {_COLUMNS}
  FROM unnest($1::uuid[]) AS own (member_id)
 CROSS JOIN LATERAL (
    SELECT * FROM timeline_records AS kept
     WHERE kept.member_id = own.member_id AND (kept.business_time, kept.record_id) < ($4, $5)
       AND kept.kind = ANY($2::text[]) AND (kept.location_id = ANY($3::text[]) OR kept.kind = ANY($6::text[]))
     ORDER BY kept.business_time DESC, kept.record_id DESC LIMIT $7) AS one
 ORDER BY one.business_time DESC, one.record_id DESC LIMIT $7
"""

_ONE = f"SELECT {_COLUMNS} FROM timeline_records AS one WHERE one.member_id = ANY($1::uuid[]) AND one.record_id = $2"

_EXPORT = f"""
SELECT {_COLUMNS} FROM timeline_records AS one WHERE one.member_id = ANY($1::uuid[])
 ORDER BY one.business_time, one.record_id
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is kept."""

    member_id: str
    record_id: str
    kind: str
    source: str
    business_time: datetime
    location_id: str
    staff_code: str
    subject_id: str
    data: str
    text_sealed: bytes | None = field(repr=False)


async def insert(tx: Tx, rows: Sequence[Row]) -> None:
    """Keeps records that are not there yet."""
    if rows:
        names = ("member_id", "record_id", "kind", "source", "location_id", "staff_code", "subject_id", "data")
        columns = [[getattr(row, name) for row in rows] for name in (*names, "text_sealed", "business_time")]
        await tx.execute(_INSERT, *columns)


async def standing(tx: Tx, records: Sequence[tuple[str, str]]) -> set[str]:
    """Which of these records, as (member, id), are there already."""
    if not records:
        return set()
    return {str(row[0]) for row in await tx.fetch(_STANDING, *map(list, zip(*records, strict=True)))}


async def meant(tx: Tx, member_ids: Sequence[str]) -> dict[str, str]:
    """The member that each id means."""
    return {str(asked): str(found) for asked, found in await tx.fetch(_MEANT, list(member_ids))}


async def ids(tx: Tx, member_id: str) -> list[str]:
    """Every id that means the same person, the member's own first."""
    return [str(row[0]) for row in await tx.fetch(_IDS, member_id)]


async def page(
    tx: Tx,
    member_ids: Sequence[str],
    kinds: Sequence[str],
    anywhere: Sequence[str],
    location_ids: Sequence[str],
    before: tuple[datetime, str],
    limit: int,
) -> list[Row]:
    """Records of these kinds, newest first; those of a kind that is not `anywhere` only from these locations."""
    found = await tx.fetch(
        _PAGE, list(member_ids), list(kinds), list(location_ids), before[0], before[1], list(anywhere), limit
    )
    return [Row(*row) for row in found]


async def one(tx: Tx, member_ids: Sequence[str], record_id: str) -> Row | None:
    """One record of a person."""
    row = await tx.fetchrow(_ONE, list(member_ids), record_id)
    return Row(*row) if row else None


async def all_of(tx: Tx, member_ids: Sequence[str]) -> list[Row]:
    """Every record of a person, oldest first."""
    return [Row(*row) for row in await tx.fetch(_EXPORT, list(member_ids))]
