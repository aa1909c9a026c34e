"""Takes facts from devices, contiguous per (source, lane): none lost, none twice, none overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kit.errors import invalid
from kit.postgres import Tx

# The row lock makes frames of one lane wait for each other; the second statement then sees what the first frame did.
_HEAD = "SELECT durable_ack FROM lane_heads WHERE source = $1 AND lane = $2 FOR UPDATE"
_BEGIN = "INSERT INTO lane_heads (source, lane) VALUES ($1, $2) ON CONFLICT (source, lane) DO NOTHING"
_ACCEPT = """
WITH sent AS (
    SELECT $3::bigint + item.number - 1 AS sequence, item.hash, item.payload
      FROM unnest($4::bytea[], $5::bytea[]) WITH ORDINALITY AS item (hash, payload, number)
), fresh AS (
    INSERT INTO lane_facts (source, lane, sequence, hash)
    SELECT $1, $2, sequence, hash FROM sent WHERE sequence > $6
    RETURNING sequence
), head AS (
    UPDATE lane_heads SET durable_ack = (SELECT max(sequence) FROM fresh)
     WHERE source = $1 AND lane = $2 AND EXISTS (SELECT FROM fresh)
), clash AS (
    SELECT sent.* FROM sent JOIN lane_facts AS had
        ON had.sequence = sent.sequence
     WHERE had.source = $1 AND had.lane = $2 AND had.hash <> sent.hash
       -- the bounds keep the plan from reading the lane's whole history
       AND had.sequence BETWEEN $3 AND least($6, $3 + cardinality($4) - 1)
), kept AS (
    INSERT INTO lane_conflicts (source, lane, sequence, hash, payload)
    SELECT $1, $2, sequence, hash, payload FROM clash
    ON CONFLICT (source, lane, sequence, hash) DO NOTHING
)
SELECT sequence FROM clash ORDER BY sequence
"""
_KEEP = """
UPDATE lane_conflicts SET payload = $5
 WHERE source = $1 AND lane = $2 AND sequence = $3 AND hash = $4 AND payload IS NULL
"""
_ACK = "SELECT durable_ack FROM lane_heads WHERE source = $1 AND lane = $2"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What to do with a frame.

    `fresh` and `conflicts` are indexes into it: apply the fresh ones in this
    transaction; the conflicts are kept aside. `resend_from` says that facts
    before the frame are missing, and that nothing of it was taken.
    """

    fresh: list[int] = field(default_factory=list)
    durable_ack: int = 0
    resend_from: int | None = None
    conflicts: list[int] = field(default_factory=list)


async def accept(
    tx: Tx,
    source: str,
    lane: str,
    first_sequence: int,
    hashes: Sequence[bytes],
    payloads: Sequence[bytes] | None = None,
) -> Accepted:
    """Takes a frame of facts numbered from `first_sequence`; given payloads, conflicts are kept with theirs."""
    if first_sequence < 1:
        raise invalid("first_sequence", "must be 1 or more")
    head = await _locked_head(tx, source, lane)
    if first_sequence > head + 1:
        return Accepted(durable_ack=head, resend_from=head + 1)
    last = first_sequence + len(hashes) - 1
    kept = list(payloads) if payloads is not None else [None] * len(hashes)
    clashes = await tx.fetch(_ACCEPT, source, lane, first_sequence, list(hashes), kept, head) if hashes else []
    return Accepted(
        fresh=list(range(max(0, head + 1 - first_sequence), len(hashes))),
        durable_ack=max(head, last),
        conflicts=[row["sequence"] - first_sequence for row in clashes],
    )


async def keep(tx: Tx, source: str, lane: str, sequence: int, digest: bytes, payload: bytes) -> None:
    """Keeps what a conflict said, for whoever seals each under a key of its own."""
    await tx.execute(_KEEP, source, lane, sequence, digest, payload)


async def durable_ack(tx: Tx, source: str, lane: str) -> int:
    """The last sequence up to which everything is stored; 0 for a lane that was never heard of."""
    return int(await tx.fetchval(_ACK, source, lane) or 0)


async def _locked_head(tx: Tx, source: str, lane: str) -> int:
    head = await tx.fetchval(_HEAD, source, lane)
    if head is None:
        await tx.execute(_BEGIN, source, lane)
        head = await tx.fetchval(_HEAD, source, lane)
    return int(head)
