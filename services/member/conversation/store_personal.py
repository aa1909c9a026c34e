"""Threads and subscriptions of one person, to be handed out or forgotten, in the database."""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx

_THREADS = """
SELECT conversation_id, member_id, channel, open_time FROM conversations
 WHERE member_id = ANY($1::uuid[]) ORDER BY open_time, conversation_id
"""
_COUNT = """
SELECT count(*) FROM conversations
 WHERE member_id IN (SELECT $1::uuid UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = $1)
"""
# whether an address refuses the brand is nothing to keep of somebody who is forgotten
_FORGET_ENDS = """
DELETE FROM address_ends
 WHERE lookup IN (SELECT door FROM conversations WHERE member_id = ANY($1::uuid[])
                   UNION ALL SELECT lookup FROM member_identifiers WHERE member_id = ANY($1::uuid[]))
"""
_FORGET_WORDS = """
UPDATE conversation_entries SET text_sealed = NULL, provider_ref = ''
 WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE member_id = ANY($1::uuid[]))
   AND (text_sealed IS NOT NULL OR provider_ref <> '') RETURNING true
"""
_FORGET_TASKS = """
UPDATE conversation_tasks SET state = 2, end_time = $2
 WHERE state = 1
   AND conversation_id IN (SELECT conversation_id FROM conversations WHERE member_id = ANY($1::uuid[]))
"""
_FORGET_DOORS = """
UPDATE conversations SET door = NULL, address_sealed = NULL, state = 2, waiting_since = NULL, version = version + 1
 WHERE member_id = ANY($1::uuid[]) AND (door IS NOT NULL OR address_sealed IS NOT NULL OR state = 1) RETURNING true
"""


async def threads(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """The threads of exactly these ids."""
    return await tx.fetch(_THREADS, list(member_ids))


async def count(tx: Tx, member_id: str) -> int:
    """How many threads a member has, by every id that means him."""
    return int(await tx.fetchval(_COUNT, member_id))


async def forget(tx: Tx, member_ids: Sequence[str], at: datetime) -> int:
    """Closes every thread, and leaves no word and no address; answers how many rows changed."""
    ids = list(member_ids)
    await tx.execute(_FORGET_ENDS, ids)
    words = await tx.fetch(_FORGET_WORDS, ids)
    await tx.execute(_FORGET_TASKS, ids, at)
    return len(words) + len(await tx.fetch(_FORGET_DOORS, ids))
