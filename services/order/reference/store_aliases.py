"""Keeps which member ids mean somebody else by now."""

from kit.postgres import Tx

# Whichever merger of a chain is heard of first, every alias points at the member who remains.
_PUT = """
WITH meant AS (SELECT resolve_member($2) AS member_id), moved AS (
    UPDATE member_aliases SET member_id = meant.member_id FROM meant
     WHERE member_aliases.member_id = $1 AND meant.member_id <> $1
)
INSERT INTO member_aliases (alias_id, member_id) SELECT $1, member_id FROM meant WHERE member_id <> $1
ON CONFLICT (alias_id) DO NOTHING
"""
_IDS = "SELECT ids_of_member($1)"
# Two consumers that each hear of one merger of a chain would not see each other's alias.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('member_aliases'))"


async def lock(tx: Tx) -> None:
    """Nobody else puts aliases until this transaction ends."""
    await tx.execute(_LOCK)


async def put(tx: Tx, absorbed_id: str, member_id: str) -> None:
    """The absorbed id means this member from now on."""
    await tx.execute(_PUT, absorbed_id, member_id)


async def ids(tx: Tx, member_id: str) -> list[str]:
    """Every id that means the same member as this one, this one too."""
    return [row[0] for row in await tx.fetch(_IDS, member_id)]
