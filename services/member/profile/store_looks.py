"""Every SQL statement that asks who looked at whom."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.profile.domain_timeline import Look

_COLUMNS = """r.read_id, r.member_id, r.rpc, r.purpose, r.found, r.actor_kind, r.actor_id, r.actor_terminal_id,
              r.business_time, r.record_time"""

# What he looked at himself is no look at him.
_OF_MEMBER = f"""
SELECT {_COLUMNS}
  FROM unnest($1::uuid[]) AS own (member_id)
 CROSS JOIN LATERAL (
    SELECT * FROM personal_reads AS kept
     WHERE kept.member_id = own.member_id AND kept.actor_kind <> 'member'
       AND (kept.record_time, kept.read_id) < ($2, $3::uuid)
     ORDER BY kept.record_time DESC, kept.read_id DESC LIMIT $4) AS r
 ORDER BY r.record_time DESC, r.read_id DESC LIMIT $4
"""

_OF_ACTOR = f"""
SELECT {_COLUMNS} FROM personal_reads AS r
 WHERE r.actor_id = $1 AND r.actor_kind <> 'member' AND (r.record_time, r.read_id) < ($2, $3::uuid)
 ORDER BY r.record_time DESC, r.read_id DESC LIMIT $4
"""


async def of_member(tx: Tx, member_ids: Sequence[str], before: tuple[datetime, str], limit: int) -> list[Look]:
    """Who looked at a person, newest first."""
    return [Look(*row) for row in await tx.fetch(_OF_MEMBER, list(member_ids), *before, limit)]


async def of_actor(tx: Tx, actor_id: str, before: tuple[datetime, str], limit: int) -> list[Look]:
    """Whom somebody looked at, newest first."""
    return [Look(*row) for row in await tx.fetch(_OF_ACTOR, actor_id, *before, limit)]
