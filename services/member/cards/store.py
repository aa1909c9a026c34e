"""Every SQL statement about gift cards."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.cards.domain import Batch, Card

_ADD_BATCH = """
INSERT INTO gift_card_batches (batch_id, name, prefix, count, valid_days, business_time) VALUES ($1, $2, $3, $4, $5, $6)
"""
_ADD_CARDS = """
INSERT INTO gift_cards (card_id, batch_id, lookup, ending)
SELECT card_id, $1, lookup, ending FROM unnest($2::uuid[], $3::bytea[], $4::text[]) AS card (card_id, lookup, ending)
"""
_CARD = """
SELECT c.card_id, c.batch_id, c.ending, b.valid_days, c.sale_time, c.cancel_time, l.member_id,
       coalesce(l.issued, 0) AS issued, coalesce(l.active, 0) AS active, coalesce(l.held, 0) AS held,
       coalesce(l.spent, 0) AS spent, l.expire_time
  FROM gift_cards AS c JOIN gift_card_batches AS b USING (batch_id) LEFT JOIN value_lots AS l ON l.lot_id = c.card_id
"""
_BY_CODE = f"{_CARD} WHERE c.lookup = $1 FOR UPDATE OF c"
_BY_ID = f"{_CARD} WHERE c.card_id = $1 FOR UPDATE OF c"
_SOLD = "UPDATE gift_cards SET sale_time = $2, order_id = $3 WHERE card_id = $1"
_CANCELLED = (
    "UPDATE gift_cards SET cancel_time = $2, reason = $3 WHERE card_id = ANY($1::uuid[]) AND cancel_time IS NULL"
)
_ASSIGNED = """
SELECT lot_id FROM value_lots WHERE member_id = ANY($1::uuid[]) AND kind = 3 AND active > 0 ORDER BY lot_id
"""
_BATCHES = """
SELECT b.batch_id, b.name, b.prefix, b.count, b.valid_days, b.business_time, s.sold, s.cancelled, s.amount,
       s.outstanding
  FROM gift_card_batches AS b
 CROSS JOIN LATERAL (
       SELECT count(c.sale_time) AS sold, count(c.cancel_time) AS cancelled,
              coalesce(sum(l.issued), 0)::bigint AS amount, coalesce(sum(l.active + l.held), 0)::bigint AS outstanding
         FROM gift_cards AS c LEFT JOIN value_lots AS l ON l.lot_id = c.card_id WHERE c.batch_id = b.batch_id) AS s
 WHERE (business_time, batch_id) < ($1, $2::uuid) ORDER BY business_time DESC, batch_id DESC LIMIT $3
"""
_UNSOLD = """
SELECT format('card=%s', c.card_id) AS subject, 'sold as it is worth something' AS expected,
       format('sale %s, lot %s', c.sale_time, l.lot_id) AS found, '' AS repair
  FROM gift_cards AS c LEFT JOIN value_lots AS l ON l.lot_id = c.card_id
 WHERE (c.sale_time IS NULL) <> (l.lot_id IS NULL) LIMIT 100
"""

CHECKS = (Check("cards.sold_cards_have_a_lot", "SELECT count(*) FROM gift_cards", _UNSOLD),)


async def add(tx: Tx, batch: Batch, cards: Sequence[tuple[str, bytes, str]]) -> None:
    """A batch with its cards, as (id, digest, ending)."""
    head = (batch.batch_id, batch.name, batch.prefix, batch.count, batch.valid_days, batch.business_time)
    await tx.execute(_ADD_BATCH, *head)
    await tx.execute(_ADD_CARDS, batch.batch_id, *[list(column) for column in zip(*cards, strict=True)])


async def by_code(tx: Tx, lookup: bytes) -> Card | None:
    """A card by its code's digest, locked."""
    row = await tx.fetchrow(_BY_CODE, lookup)
    return Card(**row) if row else None


async def by_id(tx: Tx, card_id: str) -> Card | None:
    """A card, locked."""
    row = await tx.fetchrow(_BY_ID, card_id)
    return Card(**row) if row else None


async def sold(tx: Tx, card_id: str, moment: datetime, order_id: str | None) -> None:
    """From here on it is worth something."""
    await tx.execute(_SOLD, card_id, moment, order_id)


async def cancelled(tx: Tx, card_ids: Sequence[str], moment: datetime, reason: str) -> None:
    """From here on they are worth nothing."""
    await tx.execute(_CANCELLED, list(card_ids), moment, reason)


async def assigned(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """The live cards in these members' wallets."""
    return [row["lot_id"] for row in await tx.fetch(_ASSIGNED, list(member_ids))]


async def batches(tx: Tx, after: tuple[datetime, str], limit: int) -> list[asyncpg.Record]:
    """Newest first, from behind `after`, with where their cards stand."""
    return list(await tx.fetch(_BATCHES, *after, limit))
