"""What is kept of who a person is, in the database: handed out, or forgotten."""

from collections.abc import Sequence

from asyncpg import Record

from kit.postgres import Tx

_MEMBERS = """
SELECT member_id, kind, name_sealed, claim_time, enrolled_location_id, enrolled_staff_code, source, join_time
  FROM members WHERE member_id = ANY($1::uuid[]) ORDER BY member_id
"""

_IDENTIFIERS = """
SELECT member_id, kind, value_sealed, source, verify_time, add_time FROM member_identifiers
 WHERE member_id = ANY($1::uuid[]) ORDER BY kind, add_time
"""

_CONTACTS = """
SELECT contact_id, member_id, name_sealed, phone_sealed, address_sealed, record_time FROM contacts
 WHERE member_id = ANY($1::uuid[]) ORDER BY contact_id
"""

_LOOKS = """
SELECT rpc, purpose, actor_kind, actor_id, business_time FROM personal_reads
 WHERE member_id = ANY($1::uuid[]) ORDER BY record_time DESC LIMIT 10000
"""

_FORGET = """
WITH held AS (DELETE FROM identifier_holders WHERE lookup IN (
                SELECT lookup FROM member_identifiers WHERE member_id = ANY($1::uuid[])) RETURNING 1),
     known AS (DELETE FROM member_identifiers WHERE member_id = ANY($1::uuid[]) RETURNING 1),
     named AS (UPDATE members SET name_sealed = NULL, version = version + 1
                WHERE member_id = ANY($1::uuid[]) AND name_sealed IS NOT NULL RETURNING 1),
     sent AS (DELETE FROM contacts WHERE member_id = ANY($1::uuid[]) RETURNING 1)
SELECT (SELECT count(*) FROM held) + (SELECT count(*) FROM known) + (SELECT count(*) FROM named)
     + (SELECT count(*) FROM sent)
"""


async def members(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """The register's rows."""
    return list(await tx.fetch(_MEMBERS, list(member_ids)))


async def identifiers(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """How he is recognised."""
    return list(await tx.fetch(_IDENTIFIERS, list(member_ids)))


async def contacts(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """Whom parcels went to."""
    return list(await tx.fetch(_CONTACTS, list(member_ids)))


async def looks(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """Who looked, the latest first."""
    return list(await tx.fetch(_LOOKS, list(member_ids)))


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Nobody finds him any more; answers how many rows were changed or removed."""
    return int(await tx.fetchval(_FORGET, list(member_ids)))
