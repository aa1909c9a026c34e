"""Quotes, and the one question that begins every price."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from kit.postgres import Tx
from kit.requests import Request
from services.order.checkout.domain_basket import Quote

# One round trip for all that a price or a checkout must know before it begins.
_OPENING = """
SELECT head.head, member.tier, quote.document, quote.expire_time, request.fingerprint, request.aggregate_id,
       request.answer
  FROM reference_head AS head
  LEFT JOIN member_tiers AS member ON member.member_id = resolve_member($1)
  LEFT JOIN quotes AS quote ON quote.quote_id = $2
  LEFT JOIN requests AS request ON request.request_id = $3 AND request.principal = $4 AND request.rpc = $5
 WHERE head.name = 'reference'
"""
# A quote that a crash of the database takes with it is asked for again: not worth waiting for the disk.
_PUT = """
WITH lax AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO quotes (quote_id, expire_time, document) SELECT $1, $2, $3 FROM lax
"""
# In pieces: one statement for all of a busy ten minutes would be cut off, and every one after it too.
_SWEEP = """
WITH gone AS (
    DELETE FROM quotes WHERE quote_id IN (
        SELECT quote_id FROM quotes WHERE expire_time < $1 ORDER BY expire_time LIMIT $2)
    RETURNING true
)
SELECT count(*) FROM gone
"""
_PIECE = 5_000
# some 600 quotes a second
_PIECES = 80

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Quote).decode


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was made before."""

    fingerprint: bytes
    order_id: str
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before a price is made."""

    head: int
    tier: str
    quote: Quote | None
    expire_time: datetime | None
    seen: Seen | None


async def opening(tx: Tx, member_id: str | None, quote_id: str | None = None, asked: Request | None = None) -> Opening:
    """The version of the reference copies, the member's tier, and the quote and request that are named."""
    key = (asked.request_id, asked.principal, asked.rpc) if asked else (None, None, None)
    row = await tx.fetchrow(_OPENING, member_id, quote_id, *key)
    assert row is not None, "the head is there from the migration on"
    seen = Seen(row["fingerprint"], row["aggregate_id"], row["answer"]) if row["fingerprint"] is not None else None
    return Opening(row["head"], row["tier"] or "", _read(row["document"]), row["expire_time"], seen)


async def put(tx: Tx, quote_id: str, quote: Quote, expire_time: datetime) -> None:
    """Keeps a quote."""
    await tx.execute(_PUT, quote_id, expire_time, _encode(quote))


async def sweep(tx: Tx, before: datetime) -> None:
    """Removes quotes whose time has passed; what is too much for once is left to the next time."""
    for _ in range(_PIECES):
        if await tx.fetchval(_SWEEP, before, _PIECE) < _PIECE:
            return


def _read(document: bytes | None) -> Quote | None:
    if document is None:
        return None
    try:
        return _decode(document)
    except msgspec.MsgspecError:
        # written by another version of this service: as good as expired
        return None
