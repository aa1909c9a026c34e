"""The tender journal: entries are added once, by their natural key, and read."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout import domain_reasons
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_tenders import Movement
from services.order.payments.domain import Notification

_ADD = """
INSERT INTO order_tenders (order_id, tender_no, entry, key, kind, provider, amount, reference, code, business_time,
    actor_kind, actor_id, actor_terminal_id, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING RETURNING true
"""
_ENTRY = "tender_no, entry, kind, amount, business_time, provider, reference, code, key"
_JOURNAL = "FROM order_tenders WHERE order_id = $1 ORDER BY record_time, tender_no, entry, key"
_ENTRIES = f"SELECT {_ENTRY} {_JOURNAL}"
_MOVEMENTS = f"SELECT actor_kind, actor_id, actor_terminal_id, reason, {_ENTRY} {_JOURNAL}"
_CLAIM = """
INSERT INTO payment_notifications (notification_id, provider, order_id, kind) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""
_ORDER = "SELECT state, currency, grand_total, member_id, reason FROM orders WHERE order_id = $1"

CHECKS = (
    Check(
        "payments.tenders_cover_confirmed_orders",
        "SELECT count(*) FROM orders WHERE state = 'CONFIRMED' AND channel_kind = 'ONLINE'",
        """
        SELECT 'order=' || orders.order_id AS subject, grand_total AS expected, coalesce(sum.secured, 0) AS found,
               'omoctl call PaymentService.ListPayments' AS repair
          FROM orders LEFT JOIN LATERAL (
               SELECT sum(amount) AS secured FROM order_tenders
                WHERE order_tenders.order_id = orders.order_id
                  AND (entry = 'AUTHORISED'
                       OR (entry = 'CAPTURED' AND kind IN ('STORE_CREDIT', 'GIFT_CARD', 'PREPAID')))) AS sum ON true
         WHERE state = 'CONFIRMED' AND channel_kind = 'ONLINE' AND coalesce(sum.secured, 0) <> grand_total LIMIT 100
        """,
    ),
    Check(
        "payments.captured_within_authorised",
        "SELECT count(DISTINCT order_id) FROM order_tenders WHERE entry IN ('AUTHORISED', 'CAPTURED')",
        """
        SELECT 'order=' || order_id || ' tender=' || tender_no AS subject,
               'captured <= ' || coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0) AS expected,
               coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) AS found, '' AS repair
          FROM order_tenders WHERE kind = 'PROVIDER' OR provider = 'counter' GROUP BY order_id, tender_no
        HAVING coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0)
             > coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0)
            OR coalesce(sum(amount) FILTER (WHERE entry = 'REFUNDED'), 0)
             > coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) LIMIT 100
        """,
    ),
    Check(
        "payments.no_money_of_cancelled_orders",
        "SELECT count(*) FROM orders WHERE state = 'CANCELLED'",
        """
        SELECT 'order=' || orders.order_id || ' tender=' || tender_no AS subject, 'nothing kept' AS expected,
               'captured ' || coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) AS found,
               'omoctl call PaymentService.ListPayments' AS repair
          FROM orders JOIN order_tenders USING (order_id)
         WHERE state = 'CANCELLED' AND channel_kind = 'ONLINE'
           AND NOT EXISTS (SELECT FROM timers WHERE key = orders.order_id::text AND kind = 'payment.give_back')
         GROUP BY orders.order_id, tender_no
        HAVING coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0)
             > coalesce(sum(amount) FILTER (WHERE entry = 'REFUNDED'), 0)
            OR (bool_or(entry = 'AUTHORISED') AND NOT bool_or(entry IN ('VOIDED', 'CAPTURED'))) LIMIT 100
        """,
    ),
    Check(
        "payments.deals_are_what_was_captured",
        "SELECT count(*) FROM tender_deals",
        """
        SELECT 'order=' || deal.order_id || ' tender=' || deal.tender_no || ' key=' || deal.key AS subject,
               deal.amount AS expected, coalesce(entry.amount, 0) AS found,
               'omoctl call PaymentService.ListPayments' AS repair
          FROM tender_deals AS deal
          LEFT JOIN order_tenders AS entry USING (order_id, tender_no, key)
         WHERE entry.entry IN ('CAPTURED', 'CAPTURE_FAILED') AND entry.amount <> deal.amount
            OR (entry.entry IS NULL AND NOT EXISTS (
                SELECT FROM timers WHERE timers.key IN (split_part(deal.key, '#', 1), deal.order_id::text)))
         LIMIT 100
        """,
    ),
    Check(
        "payments.split_captures_are_dealt",
        "SELECT count(*) FROM order_tenders WHERE entry = 'CAPTURED' AND tender_no > 1 AND key <> ''",
        """
        SELECT 'order=' || entry.order_id || ' tender=' || entry.tender_no || ' key=' || entry.key AS subject,
               'a deal' AS expected, entry.amount AS found, '' AS repair
          FROM order_tenders AS entry
          LEFT JOIN tender_deals AS deal USING (order_id, tender_no, key)
         WHERE entry.entry = 'CAPTURED' AND entry.tender_no > 1 AND entry.key <> '' AND deal.key IS NULL
           AND (entry.kind = 'PROVIDER' OR entry.provider = 'counter') LIMIT 100
        """,
    ),
    Check(
        "payments.tills_hold_what_they_received",
        "SELECT count(*) FROM order_tenders WHERE entry = 'RECEIVED'",
        """
        SELECT 'order=' || till.order_id || ' tender=' || till.tender_no AS subject,
               'received ' || till.received AS expected,
               'applied ' || till.captured || ', given ' || till.given AS found,
               'omoctl call TenderService.GetOutstanding' AS repair
          FROM (SELECT order_id, tender_no,
                       coalesce(sum(amount) FILTER (WHERE entry = 'RECEIVED'), 0) AS received,
                       coalesce(sum(amount) FILTER (WHERE entry = 'CAPTURED'), 0) AS captured,
                       coalesce(sum(amount) FILTER (WHERE entry = 'GIVEN'), 0) AS given,
                       coalesce(sum(amount) FILTER (WHERE entry = 'AUTHORISED'), 0) AS owed,
                       bool_or(entry = 'VOIDED') AS voided
                  FROM order_tenders WHERE provider = 'counter' GROUP BY order_id, tender_no) AS till
         WHERE till.captured + till.given > till.received
            OR till.received - till.given > till.owed
            OR (till.voided AND till.received > till.captured + till.given AND NOT EXISTS (
                SELECT FROM timers
                 WHERE key = till.order_id::text AND kind IN ('payment.give_back', 'payment.let_go'))) LIMIT 100
        """,
    ),
)


async def add(tx: Tx, order_id: str, entry: TenderEntry, actor: Actor, reason: str) -> bool:
    """Adds an entry, with who did it, where and why; False if it was there already."""
    what = (entry.tender_no, entry.entry, entry.key, entry.kind, entry.provider, entry.amount)
    how = (entry.reference, entry.code, entry.business_time)
    why = domain_reasons.kept(reason)
    return bool(await tx.fetchval(_ADD, order_id, *what, *how, actor.kind, actor.id, actor.terminal_id, why))


async def entries(tx: Tx, order_id: str) -> tuple[TenderEntry, ...]:
    """An order's journal, oldest first."""
    return tuple(_entry(row) for row in await tx.fetch(_ENTRIES, order_id))


async def movements(tx: Tx, order_id: str) -> Sequence[Movement]:
    """The same with who did it, where and why."""
    rows = await tx.fetch(_MOVEMENTS, order_id)
    return [Movement(kind, by, where, why, _entry(entry)) for kind, by, where, why, *entry in rows]


async def claim(tx: Tx, provider: str, given: Notification) -> bool:
    """Takes a notification; False if it was taken before."""
    return bool(await tx.fetchval(_CLAIM, given.notification_id, provider, given.order_id, given.entry))


async def order_of(tx: Tx, order_id: str) -> Any | None:
    """State, currency, grand total and member of the order that a payment is for; and why it ended, if it has."""
    return await tx.fetchrow(_ORDER, order_id)


def _entry(row: Any) -> TenderEntry:
    number, entry, *rest = row
    return TenderEntry(number, Entry(entry), *rest)
