"""Every SQL statement about lines that sell gift cards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.member.cards.domain_lines import BackLine, Good, SoldCard

_PUT = """
INSERT INTO gift_card_goods (sku, face_value, active, actor_kind, actor_id, business_time)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (sku) DO UPDATE
   SET face_value = excluded.face_value, active = excluded.active, actor_kind = excluded.actor_kind,
       actor_id = excluded.actor_id, business_time = excluded.business_time
"""
_LIST = "SELECT sku, face_value, active FROM gift_card_goods ORDER BY sku LIMIT 500"
_GOODS = "SELECT sku, face_value, active FROM gift_card_goods WHERE sku = ANY($1::text[])"
# Once for each line; what came back before keeps its refund.
_SOLD = """
INSERT INTO gift_card_lines AS l (order_id, line_no, card_id, business_time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (order_id, line_no) DO UPDATE SET card_id = excluded.card_id WHERE l.card_id IS NULL
RETURNING coalesce(refund_id, '') AS refund_id
"""
_PROBLEM = "UPDATE gift_card_lines SET problem = $3 WHERE order_id = $1 AND line_no = $2"
_BACK = """
INSERT INTO gift_card_lines AS l (order_id, line_no, refund_id, business_time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (order_id, line_no) DO UPDATE SET refund_id = excluded.refund_id WHERE l.refund_id IS NULL
RETURNING card_id, problem
"""
_OF_ORDER = """
SELECT card_id FROM gift_card_lines WHERE order_id = $1 AND card_id IS NOT NULL AND problem = '' ORDER BY card_id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line that came back."""

    card_id: str | None
    problem: str


async def put(tx: Tx, good: Good, actor: Actor, now: datetime) -> None:
    """Marks a good as a gift card, or says something else of it."""
    await tx.execute(_PUT, good.sku, good.face_value, good.active, actor.kind.value, actor.id, now)


async def every(tx: Tx) -> list[Good]:
    """All goods that are gift cards."""
    return [Good(*row) for row in await tx.fetch(_LIST)]


async def goods(tx: Tx, skus: Iterable[str]) -> dict[str, Good]:
    """Which of these are gift cards."""
    return {row["sku"]: Good(*row) for row in await tx.fetch(_GOODS, sorted(set(skus)))}


async def sold(tx: Tx, one: SoldCard) -> str | None:
    """Keeps a line that sells a card; the refund by which it came back already, None if the line was known."""
    refund_id: str | None = await tx.fetchval(_SOLD, one.order_id, one.line_no, one.card_id, one.moment)
    return refund_id


async def problem(tx: Tx, one: SoldCard, why: str) -> None:
    """Notes why its card was not activated."""
    await tx.execute(_PROBLEM, one.order_id, one.line_no, why)


async def back(tx: Tx, one: BackLine) -> Line | None:
    """Keeps that a line came back; None if that was known."""
    row = await tx.fetchrow(_BACK, one.order_id, one.line_no, one.refund_id, one.moment)
    return Line(row["card_id"], row["problem"]) if row else None


async def of_order(tx: Tx, order_id: str) -> list[str]:
    """The cards that an order sold."""
    return [row["card_id"] for row in await tx.fetch(_OF_ORDER, order_id)]
