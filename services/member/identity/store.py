"""Members, their identifiers and their aliases in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx

_RESOLVE = "SELECT resolve_member($1)"

_HOLDERS = "SELECT lookup, member_id FROM identifier_holders WHERE lookup = ANY($1::bytea[])"

_HOLD = """
INSERT INTO identifier_holders (lookup, kind, member_id)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::uuid[]) AS held (lookup, kind, member_id) ORDER BY lookup
ON CONFLICT (lookup) DO NOTHING RETURNING lookup
"""

_KEYS = """
INSERT INTO member_keys (member_id, key_wrapped)
SELECT one.* FROM unnest($1::uuid[], $2::bytea[]) AS one (member_id, key_wrapped)
 WHERE NOT EXISTS (SELECT FROM member_tombstones AS gone WHERE gone.member_id = one.member_id)
    ON CONFLICT (member_id) DO NOTHING
"""

_KEYS_OF = "SELECT member_id, key_wrapped FROM member_keys WHERE member_id = ANY($1::uuid[])"

_INSERT = """
INSERT INTO members (member_id, kind, name_sealed, claim_time, enrolled_location_id, enrolled_staff_code, source,
                     join_time, version, actor_kind, actor_id, actor_terminal_id)
SELECT *, 1, $9, $10, $11
  FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
              $8::timestamptz[])
ON CONFLICT (member_id) DO NOTHING RETURNING member_id
"""

_IDENTIFIERS = """
INSERT INTO member_identifiers (member_id, kind, lookup, value_sealed, verify_time, source, add_time)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::text[],
                     $7::timestamptz[])
ON CONFLICT (member_id, kind, lookup) DO NOTHING
"""

_KNOWN = """
SELECT member_id FROM members WHERE member_id = ANY($1::uuid[])
 UNION ALL
SELECT alias_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])
"""

_GET = """
SELECT one.member_id, one.kind, one.name_sealed, one.claim_time, one.enrolled_location_id, one.enrolled_staff_code,
       one.source, one.join_time, one.version, key.key_wrapped
  FROM members AS one JOIN member_keys AS key USING (member_id)
 WHERE one.member_id = resolve_member($1)
"""

# the till's look-up in one step: whoever holds the first of these that anybody holds, with all his identifiers
_FIND = """
WITH held AS (
    SELECT holder.member_id, asked.place
      FROM unnest($1::bytea[]) WITH ORDINALITY AS asked (lookup, place)
      JOIN identifier_holders AS holder ON holder.lookup = asked.lookup ORDER BY asked.place LIMIT 1
)
SELECT held.place, one.member_id, one.kind, one.name_sealed, one.claim_time, one.enrolled_location_id,
       one.enrolled_staff_code, one.source, one.join_time, one.version, key.key_wrapped,
       it.kinds, it.lookups, it.sealed, it.verified, it.sources, it.added, also.sharers
  FROM (SELECT array_agg(member_id ORDER BY add_time, member_id) AS sharers
          FROM identifier_shares WHERE lookup = ANY($2::bytea[])) AS also
  LEFT JOIN (held JOIN members AS one ON one.member_id = held.member_id
                  JOIN member_keys AS key ON key.member_id = one.member_id) ON true
 CROSS JOIN LATERAL (
    SELECT array_agg(kind ORDER BY kind, lookup) AS kinds, array_agg(lookup ORDER BY kind, lookup) AS lookups,
           array_agg(value_sealed ORDER BY kind, lookup) AS sealed,
           array_agg(verify_time ORDER BY kind, lookup) AS verified, array_agg(source ORDER BY kind, lookup) AS sources,
           array_agg(add_time ORDER BY kind, lookup) AS added
      FROM member_identifiers WHERE member_id = one.member_id) AS it
"""

_GET_IDENTIFIERS = """
SELECT kind, lookup, value_sealed, verify_time, source, add_time FROM member_identifiers
 WHERE member_id = $1 ORDER BY kind, lookup
"""

_CLAIM = """
UPDATE members SET claim_time = $2, kind = 'member', version = version + 1
 WHERE member_id = $1 AND claim_time IS NULL
RETURNING version
"""

_VERIFY = """
UPDATE member_identifiers SET verify_time = coalesce(verify_time, $4), prove_time = $4
 WHERE member_id = $1 AND kind = $2 AND lookup = $3
"""

_ALIAS = """
INSERT INTO member_aliases (alias_id, member_id, reason) VALUES ($1, $2, $3)
ON CONFLICT (alias_id) DO NOTHING RETURNING alias_id
"""

_TOUCH = "UPDATE members SET version = version + 1 WHERE member_id = $1 RETURNING version"


@dataclass(frozen=True, slots=True)
class Sealed:
    """An identifier as it is kept."""

    kind: str
    lookup: bytes
    value_sealed: bytes
    verify_time: datetime | None
    source: str
    add_time: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A member as he is kept."""

    member_id: str
    kind: str
    name_sealed: bytes | None
    claim_time: datetime | None
    enrolled_location_id: str
    enrolled_staff_code: str
    source: str
    join_time: datetime
    version: int
    key_wrapped: bytes
    identifiers: tuple[Sealed, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it."""

    kind: str
    id: str
    terminal_id: str


async def resolve(tx: Tx, member_id: str) -> str:
    """The member that an id means."""
    return str(await tx.fetchval(_RESOLVE, member_id))


async def holders(tx: Tx, lookups: Sequence[bytes]) -> dict[bytes, str]:
    """Who holds which of these identifiers."""
    return {row["lookup"]: row["member_id"] for row in await tx.fetch(_HOLDERS, list(lookups))}


async def hold(tx: Tx, held: Sequence[tuple[bytes, str, str]]) -> set[bytes]:
    """Takes identifiers (lookup, kind, member) that nobody holds; answers which it got."""
    columns = [list(column) for column in zip(*held, strict=True)] or [[], [], []]
    return {row["lookup"] for row in await tx.fetch(_HOLD, *columns)}


async def ensure_keys(tx: Tx, fresh: Mapping[str, bytes]) -> dict[str, bytes]:
    """The keys of these ids: those given where there was none yet.

    The id of somebody who was forgotten has a key that nobody keeps: what is still
    told of him is stored, and unreadable from the beginning.
    """
    await tx.execute(_KEYS, list(fresh), list(fresh.values()))
    kept = {row["member_id"]: row["key_wrapped"] for row in await tx.fetch(_KEYS_OF, list(fresh))}
    return {**fresh, **kept}


async def insert(tx: Tx, rows: Sequence[Row], actor: Actor) -> set[str]:
    """Keeps new members with their identifiers; answers which were new."""
    columns = [
        [getattr(row, name) for row in rows]
        for name in ("member_id", "kind", "name_sealed", "claim_time", "enrolled_location_id", "enrolled_staff_code")
    ]
    columns += [[row.source for row in rows], [row.join_time for row in rows]]
    new = {row["member_id"] for row in await tx.fetch(_INSERT, *columns, actor.kind, actor.id, actor.terminal_id)}
    made = [row for row in rows if row.member_id in new]
    for_all = [(row.member_id, one) for row in made for one in row.identifiers]
    await add_identifiers(tx, for_all)
    return new


async def add_identifiers(tx: Tx, given: Sequence[tuple[str, Sealed]]) -> None:
    """Keeps identifiers that their members hold."""
    if given:
        rows = [(one, it.kind, it.lookup, it.value_sealed, it.verify_time, it.source, it.add_time) for one, it in given]
        await tx.execute(_IDENTIFIERS, *[list(column) for column in zip(*rows, strict=True)])


async def known(tx: Tx, member_ids: Sequence[str]) -> set[str]:
    """Which of these ids mean somebody already."""
    return {row["member_id"] for row in await tx.fetch(_KNOWN, list(member_ids))}


async def get(tx: Tx, member_id: str) -> Row | None:
    """A member by any of his ids."""
    row: Record | None = await tx.fetchrow(_GET, member_id)
    if row is None:
        return None
    identifiers = await tx.fetch(_GET_IDENTIFIERS, row["member_id"])
    return Row(**dict(row), identifiers=tuple(Sealed(*one) for one in identifiers))


async def find(tx: Tx, lookups: Sequence[bytes], shared: Sequence[bytes]) -> tuple[int, Row | None, list[str]]:
    """Which of these is the first that anybody holds, by whom; and who gives one of `shared` as his own too."""
    row = await tx.fetchrow(_FIND, list(lookups), list(shared))
    assert row is not None, "it answers also of nobody"
    sharers = list(dict.fromkeys(row["sharers"] or ()))
    if row["member_id"] is None:
        return 0, None, sharers
    columns = [row[name] or [] for name in ("kinds", "lookups", "sealed", "verified", "sources", "added")]
    identifiers = tuple(Sealed(*one) for one in zip(*columns, strict=True))
    head = {name: row[name] for name in Row.__slots__ if name != "identifiers"}
    return row["place"] - 1, Row(**head, identifiers=identifiers), sharers


async def claim(tx: Tx, member_id: str, now: datetime) -> int | None:
    """The shopper's own from now on; None if it was already."""
    version: int | None = await tx.fetchval(_CLAIM, member_id, now)
    return version


async def verify(tx: Tx, member_id: str, kind: str, lookup: bytes, now: datetime) -> None:
    """The identifier was proved."""
    await tx.execute(_VERIFY, member_id, kind, lookup, now)


async def alias(tx: Tx, alias_id: str, member_id: str, reason: str) -> int | None:
    """An id means this member from now on; his new version, or None if it meant somebody already."""
    if await tx.fetchval(_ALIAS, alias_id, member_id, reason) is None:
        return None
    return await touch(tx, member_id)


async def touch(tx: Tx, member_id: str) -> int | None:
    """The member's next version."""
    version: int | None = await tx.fetchval(_TOUCH, member_id)
    return version
