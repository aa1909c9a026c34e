"""What a service has told, as its outbox holds it."""

from typing import TypeVar

from google.protobuf.message import Message

from kit.postgres import Database

M = TypeVar("M", bound=Message)


async def events(db: Database, kind: type[M]) -> list[M]:
    """Every event of one kind, in the order in which it was recorded."""
    async with db.read() as tx:
        rows = await tx.fetch(
            "SELECT payload FROM outbox WHERE subject LIKE $1 || '.__' ORDER BY event_id", kind.DESCRIPTOR.full_name
        )
    return [kind.FromString(row["payload"]) for row in rows]
