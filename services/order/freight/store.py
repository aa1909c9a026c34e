"""Keeps what bringing goods costs, by version, and what became of each order's fee."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.freight.domain import Brand, Published, Terms

# Everybody who prices looks at this row's number first: from the commit on they price by the new terms. Its lock makes
# versions follow each other.
_BUMP = "UPDATE reference_head SET head = head + 1 WHERE name = 'reference'"
_ADD = """
INSERT INTO shipping_fees (version, terms, business_time, reason, actor_kind, actor_id)
VALUES ($1, $2::jsonb, $3, $4, $5, $6)
"""
_NEWEST = "SELECT terms::text FROM shipping_fees ORDER BY version DESC LIMIT 1"
_PAGE = """
SELECT terms::text, business_time, reason, actor_kind, actor_id
  FROM shipping_fees WHERE version < $1 ORDER BY version DESC LIMIT $2
"""
_CHANNELS = "SELECT channel_id FROM channels WHERE kind = 'ONLINE' ORDER BY channel_id"
_TAX_CLASSES = "SELECT tax_class, rate_bp FROM tax_classes ORDER BY tax_class"
# one round trip: the number of the order's next event, and the fee with the first of its goods that leave
_HAND_OVER = """
WITH touched AS (
    UPDATE orders SET version = version + 1, update_time = now() WHERE order_id = $1 RETURNING version
), charged AS (
    UPDATE order_freight SET state = 'CHARGED', fulfilment_id = $2
     WHERE order_id = $1 AND state = 'OWED' AND line_nos && $3::int[] RETURNING total
)
SELECT version, coalesce((SELECT total FROM charged), 0) FROM touched
"""
_CHARGED = "SELECT total FROM order_freight WHERE order_id = $1 AND fulfilment_id = $2"
_CARRY = """
UPDATE order_freight SET line_nos = $2::int[], charge = charge || jsonb_build_object('line_nos', $2::int[])
 WHERE order_id = $1 AND state IN ('OWED', 'CHARGED')
"""
_RELEASE = "UPDATE order_freight SET state = 'RELEASED' WHERE order_id = $1 AND state = 'OWED'"
_REFUND = """
UPDATE order_freight SET state = 'REFUNDED', return_id = $2 WHERE order_id = $1 AND state = 'CHARGED' RETURNING true
"""
# an order that was added to this one, goes along with it, and has goods with a shopper or on their way to him
_ALONG = """
SELECT added.order_id
  FROM order_edits AS edit JOIN orders AS added ON added.order_id = edit.added_order_id
 WHERE edit.order_id = $1 AND edit.state = 'APPLIED' AND added.state <> 'CANCELLED'
   AND NOT EXISTS (SELECT FROM order_freight AS own WHERE own.order_id = added.order_id)
   AND EXISTS (
       SELECT FROM order_lines AS line
        WHERE line.order_id = added.order_id AND line.method = 'SHIP'
          AND line.quantity > coalesce((
                  SELECT sum(gone.quantity) FROM cancelled_units AS gone
                   WHERE gone.order_id = line.order_id AND gone.line_no = line.line_no), 0)
            + coalesce((
                  SELECT sum(back.quantity) FROM return_units AS back JOIN returns USING (return_id)
                   WHERE back.order_id = line.order_id AND back.line_no = line.line_no
                     AND returns.state IN ('RECEIVED', 'INSPECTED', 'CLOSED')), 0))
 LIMIT 1
"""

_decode = msgspec.json.Decoder(Terms).decode
_encode = msgspec.json.Encoder().encode


async def lock(tx: Tx) -> None:
    """From here on to the end of the transaction nobody else changes what prices depend on."""
    await tx.execute(_BUMP)


async def newest(tx: Tx) -> Terms:
    """The terms in force."""
    text = await tx.fetchval(_NEWEST)
    return _decode(text) if text else Terms()


async def add(tx: Tx, terms: Terms, at: datetime, reason: str, actor: Actor) -> None:
    """Puts terms in force; the caller has the lock and counted their version."""
    await tx.execute(_ADD, terms.version, _encode(terms).decode(), at, reason, actor.kind, actor.id)


async def page(tx: Tx, below: int, size: int) -> list[Published]:
    """Versions with lower numbers, the newest first."""
    return [_published(row) for row in await tx.fetch(_PAGE, below, size)]


async def brand(tx: Tx, methods: Sequence[str]) -> Brand:
    """What fees may name."""
    channels, taxes = await tx.fetch(_CHANNELS), await tx.fetch(_TAX_CLASSES)
    taxed = any(row[1] for row in taxes)
    return Brand(methods, frozenset(row[0] for row in channels), frozenset(row[0] for row in taxes), taxed)


async def hand_over(tx: Tx, order_id: str, fulfilment_id: str, line_nos: Sequence[int]) -> tuple[int, int]:
    """The number of the order's next event, and what is taken with this task for bringing the order's goods."""
    row = await tx.fetchrow(_HAND_OVER, order_id, fulfilment_id, line_nos)
    assert row is not None, "an order is never deleted"
    return int(row[0]), int(row[1])


async def charged(tx: Tx, order_id: str, fulfilment_id: str) -> int:
    """What is taken with this task for bringing the order's goods."""
    return int(await tx.fetchval(_CHARGED, order_id, fulfilment_id) or 0)


async def along(tx: Tx, order_id: str) -> str | None:
    """An order that goes along with this one, which pays for the way; asked only of one that does."""
    found: str | None = await tx.fetchval(_ALONG, order_id)
    return found


async def carry(tx: Tx, order_id: str, line_nos: Collection[int]) -> None:
    """These lines are brought for the order's fee from now on, which goes back with the last of them."""
    await tx.execute(_CARRY, order_id, sorted(line_nos))


async def release(tx: Tx, order_id: str) -> None:
    """Nobody takes it any more; the caller has locked the order."""
    await tx.execute(_RELEASE, order_id)


async def refund(tx: Tx, order_id: str, return_id: str) -> bool:
    """It comes back with this return, once; the caller has locked the order's returns."""
    return bool(await tx.fetchval(_REFUND, order_id, return_id))


def _published(row: Any) -> Published:
    text, *rest = row
    return Published(_decode(text), *rest)
