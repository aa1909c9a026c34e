"""Who looked at whose personal data, in the database: append-only, each row linked to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.member.identity.store import Actor

# The chain's head is locked first, so links of one chain follow each other without gap; in a batch each follows the one
# before it.
_NOTE = """
WITH RECURSIVE given AS MATERIALIZED (
    SELECT *
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
                  $9::text[], $10::timestamptz[]) WITH ORDINALITY
        AS one (read_id, member_id, contact_id, rpc, purpose, found, actor_kind, actor_id, actor_terminal_id,
                business_time, place)
), looked AS (
    INSERT INTO personal_reads (read_id, member_id, contact_id, rpc, purpose, found, actor_kind, actor_id,
                                actor_terminal_id, business_time)
    SELECT read_id, member_id, contact_id, rpc, purpose, found, actor_kind, actor_id, actor_terminal_id, business_time
      FROM given
    RETURNING read_id, personal_read_content(personal_reads) AS content
), told AS MATERIALIZED (
    SELECT given.place, looked.read_id, looked.content FROM given JOIN looked USING (read_id)
), head AS MATERIALIZED (
    SELECT chain, sequence, hash FROM personal_read_heads WHERE chain = $11 FOR UPDATE
), link (place, read_id, hash) AS (
    SELECT 0::bigint, NULL::uuid, head.hash FROM head
     UNION ALL
    SELECT told.place, told.read_id, sha256(link.hash || told.content)
      FROM link JOIN told ON told.place = link.place + 1
), moved AS (
    UPDATE personal_read_heads
       SET sequence = head.sequence + last.place, hash = last.hash
      FROM head, (SELECT place, hash FROM link ORDER BY place DESC LIMIT 1) AS last
     WHERE personal_read_heads.chain = head.chain
)
INSERT INTO personal_read_links (chain, sequence, read_id, hash)
SELECT head.chain, head.sequence + link.place, link.read_id, link.hash FROM head, link WHERE link.place > 0
"""
CHAINS = 16


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


async def note(tx: Tx, looks: Sequence[tuple[Read, Actor]], chain: int) -> None:
    """Writes down who looked, in the order given, linked in one chain of `CHAINS`; in one statement."""
    rows = [
        (
            *(read.read_id, read.member_id, read.contact_id, read.rpc, read.purpose, read.found),
            *(by.kind, by.id, by.terminal_id, read.business_time),
        )
        for read, by in looks
    ]
    await tx.execute(_NOTE, *map(list, zip(*rows, strict=True)), chain)
