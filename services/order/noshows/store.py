"""What was not collected, by which terms, and what is in force for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.noshows.domain import Appeal, Measure, NoShow, Policy

_NEWEST = "SELECT terms::text FROM noshow_policies ORDER BY version DESC LIMIT 1"
_PUT = """
INSERT INTO noshow_policies (version, terms, business_time, actor_kind, actor_id) VALUES ($1, $2::jsonb, $3, $4, $5)
    ON CONFLICT (version) DO NOTHING RETURNING true
"""
_ADD = """
INSERT INTO noshows (fulfilment_id, order_id, member_id, location_id, policy_version, number, fee, business_time,
    reason, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
# by whoever counts a member's, so that two at once are two
_LOCK_MEMBER = "SELECT pg_advisory_xact_lock(hashtextextended('noshows ' || $1, 0))"
_COLUMNS = """
noshow.fulfilment_id, noshow.order_id, resolve_member(noshow.member_id) AS member_id, noshow.location_id,
noshow.policy_version, noshow.number, noshow.fee, noshow.business_time, appeal.state AS appeal,
coalesce(appeal.reason, '') AS appeal_reason, appeal.appeal_time, coalesce(appeal.settle_reason, '') AS settle_reason,
coalesce(appeal.settled_by, '') AS settled_by, orders.order_no, orders.currency, noshow.reason, noshow.actor_kind,
noshow.actor_id, noshow.actor_terminal_id
"""
_FROM = """
  FROM noshows AS noshow JOIN orders ON orders.order_id = noshow.order_id
  LEFT JOIN noshow_appeals AS appeal ON appeal.fulfilment_id = noshow.fulfilment_id
"""
_FIND = f"SELECT {_COLUMNS} {_FROM} WHERE noshow.fulfilment_id = $1"
_OF_MEMBER = f"""
SELECT {_COLUMNS} {_FROM} WHERE noshow.member_id IN (SELECT ids_of_member($1))
 ORDER BY noshow.business_time DESC LIMIT 200
"""
_APPEAL = """
INSERT INTO noshow_appeals (fulfilment_id, state, reason, appeal_time) VALUES ($1, 'OPEN', $2, $3)
    ON CONFLICT DO NOTHING RETURNING true
"""
_SETTLE = """
UPDATE noshow_appeals SET state = $2, settle_reason = $3, settle_time = $4, settled_by = $5
 WHERE fulfilment_id = $1 AND state = 'OPEN' RETURNING true
"""
_APPEALS = f"""
SELECT {_COLUMNS}
  FROM noshow_appeals AS appeal JOIN noshows AS noshow USING (fulfilment_id)
  JOIN orders ON orders.order_id = noshow.order_id
 WHERE appeal.state = $1 AND (appeal.appeal_time, appeal.fulfilment_id) > ($2, $3)
 ORDER BY appeal.appeal_time, appeal.fulfilment_id LIMIT $4
"""
# beside the tier, whose own version it leaves alone
_STANDING = """
INSERT INTO member_tiers AS held (member_id, tier, version, prepay_until_time, paused_until_time, barred_until_time)
VALUES ($1, '', 0, $2, $3, $4)
ON CONFLICT (member_id) DO UPDATE SET prepay_until_time = excluded.prepay_until_time,
    paused_until_time = excluded.paused_until_time, barred_until_time = excluded.barred_until_time
"""
_PREPAY_UNTIL = "SELECT prepay_until_time FROM member_tiers WHERE member_id = resolve_member($1)"
# what is kept of an order's money for what was not collected of it
_FEES = """
SELECT noshow.fulfilment_id, noshow.fee
  FROM noshows AS noshow LEFT JOIN noshow_appeals AS appeal USING (fulfilment_id)
 WHERE noshow.order_id = $1 AND noshow.fee > 0 AND appeal.state IS DISTINCT FROM 'GRANTED'
 ORDER BY noshow.fulfilment_id
"""
_TAKEN = """
SELECT coalesce(sum(amount), 0)::bigint AS taken,
       EXISTS (SELECT FROM timers WHERE key = $1::uuid::text AND kind = 'payment.let_go') AS pending
  FROM order_tenders WHERE order_id = $1::uuid AND entry = 'CAPTURED' AND split_part(key, '#', 1) = $2
"""

CHECKS = (
    Check(
        "noshows.were_never_collected",
        "SELECT count(*) FROM noshows",
        """
        SELECT 'fulfilment=' || noshow.fulfilment_id AS subject, 'CANCELLED' AS expected, task.state AS found,
               '' AS repair
          FROM noshows AS noshow JOIN fulfilments AS task USING (fulfilment_id)
         WHERE task.state <> 'CANCELLED' LIMIT 100
        """,
    ),
    Check(
        "noshows.fees_are_those_of_the_terms",
        "SELECT count(*) FROM noshows WHERE fee > 0",
        # never more than the goods would have cost, and never taken twice
        """
        SELECT 'fulfilment=' || noshow.fulfilment_id AS subject, 'at most ' || noshow.fee AS expected,
               coalesce(money.taken, 0)::text AS found, 'omoctl call PaymentService.ListPayments' AS repair
          FROM noshows AS noshow JOIN fulfilments AS task USING (fulfilment_id)
          LEFT JOIN LATERAL (
               SELECT sum(amount) AS taken FROM order_tenders AS tender
                WHERE tender.order_id = noshow.order_id AND tender.entry = 'CAPTURED'
                  AND split_part(tender.key, '#', 1) = noshow.fulfilment_id || ':fee') AS money ON true
         WHERE noshow.fee > task.amount OR coalesce(money.taken, 0) > noshow.fee LIMIT 100
        """,
    ),
)

_decode = msgspec.json.Decoder(Policy).decode
_encode = msgspec.json.Encoder().encode


async def newest(tx: Tx) -> Policy:
    """The terms in force."""
    text = await tx.fetchval(_NEWEST)
    return _decode(text) if text else Policy()


async def put(tx: Tx, given: Policy, now: datetime, actor: Actor) -> bool:
    """The next version; False if somebody else was first."""
    return bool(await tx.fetchval(_PUT, given.version, _encode(given).decode(), now, actor.kind, actor.id))


async def lock_member(tx: Tx, member_id: str) -> None:
    """Has everybody else who counts this member's wait."""
    await tx.execute(_LOCK_MEMBER, member_id)


async def add(tx: Tx, given: NoShow, actor: Actor) -> None:
    """One more, with who put it back, where, and how it came to that."""
    head = (given.fulfilment_id, given.order_id, given.member_id, given.location_id)
    what = (given.policy_version, given.number, given.fee, given.business_time)
    await tx.execute(_ADD, *head, *what, given.reason, actor.kind, actor.id, actor.terminal_id)


async def find(tx: Tx, fulfilment_id: str) -> NoShow | None:
    """One."""
    row = await tx.fetchrow(_FIND, fulfilment_id)
    return _noshow(row) if row else None


async def of_member(tx: Tx, member_id: str) -> list[NoShow]:
    """A member's, under every id that means him, newest first."""
    return [_noshow(row) for row in await tx.fetch(_OF_MEMBER, member_id)]


async def appeal(tx: Tx, fulfilment_id: str, reason: str, now: datetime) -> bool:
    """The member's word; False if he gave it before."""
    return bool(await tx.fetchval(_APPEAL, fulfilment_id, reason, now))


async def settle(tx: Tx, fulfilment_id: str, state: Appeal, reason: str, now: datetime, by: str) -> bool:
    """What was decided; False if something was before."""
    return bool(await tx.fetchval(_SETTLE, fulfilment_id, state, reason, now, by))


async def appeals(tx: Tx, state: Appeal, after: tuple[datetime, str], size: int) -> list[NoShow]:
    """Those in a state, oldest first."""
    return [_noshow(row) for row in await tx.fetch(_APPEALS, state, *after, size)]


async def stand(tx: Tx, member_id: str, in_force: Mapping[Measure, datetime]) -> None:
    """What is in force from now on."""
    times = [in_force.get(one) for one in (Measure.PREPAY, Measure.BENEFIT_PAUSE, Measure.PICKUP_BARRED)]
    await tx.execute(_STANDING, member_id, *times)


async def prepay_until(tx: Tx, member_id: str) -> datetime | None:
    """Until when he pays as he orders."""
    found: datetime | None = await tx.fetchval(_PREPAY_UNTIL, member_id)
    return found


async def fees(tx: Tx, order_id: str) -> Sequence[tuple[str, int]]:
    """What is kept of an order's money, task by task."""
    return [(row[0], row[1]) for row in await tx.fetch(_FEES, order_id)]


async def taken(tx: Tx, order_id: str, key: str) -> tuple[int, bool]:
    """What was taken under this key, and whether anything may still be."""
    ((sum_, pending),) = await tx.fetch(_TAKEN, order_id, key)
    return sum_, pending


def _noshow(row: Any) -> NoShow:
    return NoShow(**dict(row) | {"appeal": Appeal(row["appeal"]) if row["appeal"] else None})
