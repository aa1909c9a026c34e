"""Writes down who looked at whose personal data."""

from datetime import datetime
from zlib import crc32

from kit import access
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.identity import store, store_reads


async def note(
    tx: Tx,
    now: datetime,
    rpc: str,
    *,
    member_id: str | None = None,
    contact_id: str | None = None,
    purpose: str = "",
    found: bool = True,
) -> None:
    """In the transaction of the look itself: what cannot be written down is not shown."""
    actor = access.current().actor
    read = store_reads.Read(uuid7(), member_id, contact_id, rpc, purpose, found, now)
    # by who looks: whoever asks for much waits for nobody but himself
    chain = crc32(f"{actor.kind}:{actor.id}".encode()) % store_reads.CHAINS
    await store_reads.note(tx, [(read, store.Actor(actor.kind, actor.id, actor.terminal_id))], chain)
