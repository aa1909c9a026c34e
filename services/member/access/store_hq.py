"""Headquarters users and their invitations in the database."""

from datetime import datetime

from kit.postgres import Tx
from services.member.access.domain import By, HqUser

_INVITE = """
WITH made AS (
    INSERT INTO hq_users (user_id, display_name, roles, actor_kind, actor_id) VALUES ($1, $2, $3, $6, $7)
    ON CONFLICT (user_id) DO UPDATE
       SET display_name = excluded.display_name, roles = excluded.roles, actor_kind = excluded.actor_kind,
           actor_id = excluded.actor_id, record_time = now()
    RETURNING user_id
)
INSERT INTO hq_invites (token_hash, user_id, expire_time) SELECT $4, user_id, $5 FROM made
"""

_REDEEM = """
UPDATE hq_invites SET used_time = $2 WHERE token_hash = $1 AND used_time IS NULL AND expire_time > $2
RETURNING user_id
"""

_GET = "SELECT user_id, display_name, roles, active FROM hq_users WHERE user_id = $1"


async def invite(tx: Tx, user: HqUser, token_hash: bytes, expire_time: datetime, by: By) -> None:
    """Keeps a user and the hash of his link."""
    await tx.execute(
        _INVITE, user.user_id, user.display_name, list(user.roles), token_hash, expire_time, by.kind, by.id
    )


async def redeem(tx: Tx, token_hash: bytes, now: datetime) -> HqUser | None:
    """The user of a link, which nobody can use again."""
    user_id = await tx.fetchval(_REDEEM, token_hash, now)
    return await get(tx, user_id) if user_id else None


async def get(tx: Tx, user_id: str) -> HqUser | None:
    """One user."""
    row = await tx.fetchrow(_GET, user_id)
    return HqUser(row["user_id"], row["display_name"], tuple(row["roles"]), row["active"]) if row else None
