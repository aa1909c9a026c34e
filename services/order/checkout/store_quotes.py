"""Quotes, and the one question that begins every price, for all who ask at the same moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from kit.postgres import Tx
from kit.requests import Request
from services.order.checkout.domain_basket import Quote

# One round trip for all that prices and checkouts must know before they begin.
_OPENINGS = """
SELECT head.head, member.tier, quote.document, quote.expire_time, request.fingerprint, request.aggregate_id,
       request.answer, member.paused_until_time, member.barred_until_time, member.prepay_until_time
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
       WITH ORDINALITY AS asked (member_id, quote_id, request_id, principal, rpc, number)
 CROSS JOIN reference_head AS head
  LEFT JOIN member_tiers AS member ON member.member_id = resolve_member(asked.member_id)
  LEFT JOIN quotes AS quote ON quote.quote_id = asked.quote_id
  LEFT JOIN requests AS request ON request.request_id = asked.request_id AND request.principal = asked.principal
        AND request.rpc = asked.rpc
 WHERE head.name = 'reference' ORDER BY asked.number
"""
# A quote that a crash of the database takes with it is asked for again: not worth waiting for the disk.
_PUT = """
WITH lax AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO quotes (quote_id, expire_time, document)
SELECT one.* FROM lax, unnest($1::uuid[], $2::timestamptz[], $3::bytea[]) AS one (quote_id, expire_time, document)
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
class Wanted:
    """What a price or a checkout names."""

    member_id: str | None
    quote_id: str | None = None
    asked: Request | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote to keep, under which id and until when."""

    quote_id: str
    quote: Quote
    expire_time: datetime


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
    paused_until: datetime | None = None
    """Until when the tier gives nothing: too much was not collected."""
    barred_until: datetime | None = None
    """Until when nothing is laid out to be collected."""
    prepay_until: datetime | None = None
    """Until when nothing is to be paid in the store."""

    def tier_at(self, now: datetime) -> str:
        """The tier that prices ask for."""
        return "" if self.paused_until and self.paused_until > now else self.tier


async def openings(tx: Tx, wanted: Sequence[Wanted]) -> list[Opening]:
    """For each: the version of the reference copies, the member's tier, and the quote and request that it names."""
    rows = await tx.fetch(_OPENINGS, *map(list, zip(*map(_named, wanted), strict=True)))
    return [_opening(row) for row in rows]


async def put(tx: Tx, given: Sequence[Priced]) -> None:
    """Keeps quotes."""
    documents = [_encode(one.quote) for one in given]
    await tx.execute(_PUT, [one.quote_id for one in given], [one.expire_time for one in given], documents)


async def sweep(tx: Tx, before: datetime) -> None:
    """Removes quotes whose time has passed; what is too much for once is left to the next time."""
    for _ in range(_PIECES):
        if await tx.fetchval(_SWEEP, before, _PIECE) < _PIECE:
            return


def _named(wanted: Wanted) -> tuple[str | None, ...]:
    asked = wanted.asked
    key = (asked.request_id, asked.principal, asked.rpc) if asked else (None, None, None)
    return (wanted.member_id, wanted.quote_id, *key)


def _opening(row: Any) -> Opening:
    head, tier, document, expire_time, fingerprint, order_id, answer, *until = row
    seen = Seen(fingerprint, order_id, answer) if fingerprint is not None else None
    return Opening(head, tier or "", _read(document), expire_time, seen, *until)


def _read(document: bytes | None) -> Quote | None:
    if document is None:
        return None
    try:
        return _decode(document)
    except msgspec.MsgspecError:
        # written by another version of this service: as good as expired
        return None
