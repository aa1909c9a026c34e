"""Every SQL statement by which invoices, and what lessens them, are written."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.invoices.domain import Allowance, Invoice, Kept, Line
from services.order.invoices.domain_terms import Terms

_NEWEST_TERMS = "SELECT terms::text FROM invoice_terms ORDER BY version DESC LIMIT 1"
_PUT_TERMS = """
INSERT INTO invoice_terms (version, terms, business_time, actor_kind, actor_id) VALUES ($1, $2::jsonb, $3, $4, $5)
    ON CONFLICT (version) DO NOTHING RETURNING true
"""
# every process that prices reads what is new when this moves: the checkout learns of the terms without asking for them
_TELL_PRICING = "UPDATE reference_head SET head = head + 1 WHERE name = 'reference'"
_KEEP = """
INSERT INTO invoice_orders (order_id, carrier_kind, donation_code, business, print, masked_carrier, masked_tax_id,
    sealed, carrier_hash, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (order_id) DO NOTHING
"""
_KEPT = "SELECT true FROM invoice_orders WHERE order_id = $1"
_RENAME = """
UPDATE invoice_orders
   SET carrier_kind = $2, donation_code = $3, business = $4, print = $5, masked_carrier = $6, masked_tax_id = $7,
       sealed = $8, carrier_hash = $9
 WHERE order_id = $1
"""
_ISSUED = """
SELECT coalesce((SELECT number FROM invoices WHERE invoices.order_id = kept.order_id ORDER BY issue_time DESC LIMIT 1),
                '')
  FROM invoice_orders AS kept WHERE order_id = $1
"""
_DROP = "DELETE FROM invoice_orders WHERE order_id = $1"
_TROUBLE = "UPDATE invoice_orders SET trouble = $2 WHERE order_id = $1 AND trouble <> $2"
_INSERT = """
INSERT INTO invoices (invoice_id, order_id, number, period, random_code, state, issue_time, total, sales, tax, free,
    business, carrier_kind, donation_code, print, location_id, terminal_id, lines, replaces, block_id, actor_kind,
    actor_id)
SELECT $1::uuid, $2::uuid, $3::text, $4::int, $5::text, $6::text, $7::timestamptz, $8::bigint, $9::bigint, $10::bigint,
       $11::bigint, $12::bool, $13::text, $14::text, $15::bool, $16::text, $17::text, $18::jsonb, $19::uuid, $20::uuid,
       $21::text, $22::text
 WHERE NOT EXISTS (SELECT FROM invoice_spoiled WHERE period = $4 AND number = $3)
    ON CONFLICT (period, number) DO NOTHING RETURNING true
"""
_VOID = """
UPDATE invoices SET state = 'VOIDED', void_time = $2, void_reason = $3 WHERE invoice_id = $1 AND state = 'ISSUED'
"""
_ALLOW = """
INSERT INTO invoice_allowances (allowance_id, invoice_id, order_id, number, state, amount, tax, issue_time, period,
    lines, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12)
"""
_VOID_ALLOWANCE = """
UPDATE invoice_allowances SET state = 'VOIDED', void_time = $2 WHERE allowance_id = $1 AND state = 'ISSUED'
"""
_MISFIT = """
INSERT INTO invoice_misfits (order_id, reason, terminal_id, number, period, business_time)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (order_id, reason) DO NOTHING
"""
_encode = msgspec.json.Encoder().encode
_decode_terms = msgspec.json.Decoder(Terms).decode


async def terms(tx: Tx) -> Terms:
    """Those in force."""
    text = await tx.fetchval(_NEWEST_TERMS)
    return _decode_terms(text) if text else Terms()


async def put_terms(tx: Tx, given: Terms, at: datetime, actor: Actor) -> bool:
    """The next version, told to whoever prices; False if somebody else was first."""
    if not await tx.fetchval(_PUT_TERMS, given.version, _encode(given).decode(), at, actor.kind, actor.id):
        return False
    await tx.execute(_TELL_PRICING)
    return True


async def keep(tx: Tx, kept: Kept, at: datetime) -> None:
    """An order that is to have an invoice, with its buyer."""
    await tx.execute(_KEEP, kept.order_id, *_said(kept), at)


async def rename(tx: Tx, kept: Kept) -> None:
    """Another buyer; the caller has locked the order's row, and seen that nothing was issued."""
    await tx.execute(_RENAME, kept.order_id, *_said(kept))


async def issued(tx: Tx, order_id: str) -> str | None:
    """The newest invoice's number, empty where there is none yet; None: the order is to have none."""
    found: str | None = await tx.fetchval(_ISSUED, order_id)
    return found


async def kept(tx: Tx, order_id: str) -> bool:
    """Whether an order is to have an invoice."""
    return bool(await tx.fetchval(_KEPT, order_id))


async def drop(tx: Tx, order_id: str) -> None:
    """There never was such an order."""
    await tx.execute(_DROP, order_id)


async def trouble(tx: Tx, order_id: str, reason: str) -> None:
    """Why an invoice that should be there is not; empty: nothing is wrong any more."""
    await tx.execute(_TROUBLE, order_id, reason)


async def insert(tx: Tx, given: Invoice, actor: Actor) -> bool:
    """A new invoice; False if its number was used or spoiled before."""
    head = (given.invoice_id, given.order_id, given.number, given.period, given.random_code, given.state)
    sums = (given.issue_time, given.total, given.sales, given.tax, given.free, given.business)
    where = (given.carrier_kind, given.donation_code, given.print, given.location_id, given.terminal_id)
    rest = (_lines(given.lines), given.replaces, given.block_id, actor.kind, actor.id)
    return bool(await tx.fetchval(_INSERT, *head, *sums, *where, *rest))


async def void(tx: Tx, invoice_id: str, at: datetime, reason: str) -> None:
    """As if it had never been."""
    await tx.execute(_VOID, invoice_id, at, reason)


async def allow(tx: Tx, invoice: Invoice, given: Allowance, period: int, actor: Actor) -> None:
    """Lessens an invoice."""
    named = (given.allowance_id, invoice.invoice_id, invoice.order_id, given.number, given.state)
    sums = (given.amount, given.tax, given.issue_time, period, _lines(given.lines))
    await tx.execute(_ALLOW, *named, *sums, actor.kind, actor.id)


async def void_allowance(tx: Tx, allowance_id: str, at: datetime) -> None:
    """It lessens nothing any more."""
    await tx.execute(_VOID_ALLOWANCE, allowance_id, at)


async def misfit(tx: Tx, order_id: str, reason: str, terminal_id: str, number: str, period: int, at: datetime) -> None:
    """What a till stated, and why it could not be kept so."""
    await tx.execute(_MISFIT, order_id, reason, terminal_id, number[:64], period, at)


def _said(kept: Kept) -> tuple[object, ...]:
    said = (kept.carrier_kind, kept.donation_code, kept.business, kept.print, kept.masked_carrier, kept.masked_tax_id)
    return (*said, kept.sealed, kept.carrier_hash)


def _lines(given: Sequence[Line]) -> str:
    rows = [
        (one.line_no, one.first, one.last, one.sku, one.name, one.quantity, one.by_measure, one.amount, one.rate_bp)
        for one in given
    ]
    return _encode(rows).decode()
