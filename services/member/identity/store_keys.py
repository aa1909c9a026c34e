"""Members' wrapped data keys in the database: read without making any."""

from collections.abc import Sequence

from kit.postgres import Tx

_OF = "SELECT member_id, key_wrapped FROM member_keys WHERE member_id = ANY($1::uuid[])"


async def of(tx: Tx, member_ids: Sequence[str]) -> dict[str, bytes]:
    """The keys of those ids that have one."""
    return {row["member_id"]: row["key_wrapped"] for row in await tx.fetch(_OF, list(member_ids))}
