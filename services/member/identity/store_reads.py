"""Who looked at whose personal data, in the database: append-only, each row linked to the one before."""

from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.member.identity.store import Actor

# The chain's head is locked by its own update, so links of one chain follow each other without gap.
_NOTE = """
WITH looked AS (
    INSERT INTO personal_reads (read_id, member_id, contact_id, rpc, purpose, found, actor_kind, actor_id,
                                actor_terminal_id, business_time)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    RETURNING personal_reads
), head AS (
    UPDATE personal_read_heads
       SET sequence = sequence + 1, hash = sha256(hash || personal_read_content(looked.personal_reads))
      FROM looked WHERE chain = abs(hashtext($7 || $8)::bigint) % 16
    RETURNING chain, sequence, hash
)
INSERT INTO personal_read_links (chain, sequence, read_id, hash) SELECT chain, sequence, $1, hash FROM head
"""


@dataclass(frozen=True, slots=True)
class Read:
    """One look at somebody's data."""

    read_id: str
    member_id: str | None
    contact_id: str | None
    rpc: str
    purpose: str
    found: bool
    business_time: datetime


async def note(tx: Tx, read: Read, actor: Actor) -> None:
    """Writes down who looked."""
    head = (read.read_id, read.member_id, read.contact_id, read.rpc, read.purpose, read.found)
    await tx.execute(_NOTE, *head, actor.kind, actor.id, actor.terminal_id, read.business_time)
