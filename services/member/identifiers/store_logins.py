"""How many ways to sign in somebody has beside his identifiers, in the database."""

from kit.postgres import Tx

_PASSKEYS = "SELECT count(*) FROM passkeys WHERE member_id = $1"


async def passkeys(tx: Tx, member_id: str) -> int:
    """How many passkeys."""
    return int(await tx.fetchval(_PASSKEYS, member_id))
