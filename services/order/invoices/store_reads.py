"""Reads invoices whole, for whoever settles, shows or hands them in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from kit.postgres import Tx
from services.order.invoices.domain import Allowance, Carrier, Invoice, Kept, Line, State

_BUYER = """order_id, carrier_kind, donation_code, business, print, masked_carrier, masked_tax_id, sealed,
       carrier_hash"""
_LOCK = f"SELECT {_BUYER} FROM invoice_orders WHERE order_id = $1 FOR UPDATE"
_BUYERS = f"SELECT {_BUYER} FROM invoice_orders WHERE order_id = ANY($1::uuid[])"
_OF_ORDERS = """
SELECT i.invoice_id, i.order_id, i.number, i.period, i.random_code, i.state, i.issue_time, i.total, i.sales, i.tax,
       i.free, i.business, i.carrier_kind, i.donation_code, i.print, i.location_id, i.terminal_id,
       i.lines::text AS lines, i.void_time, i.void_reason, i.replaces, i.block_id,
       (SELECT json_agg(json_build_array(allowance_id, number, state, amount, tax, issue_time, lines, void_time)
                   ORDER BY number)
          FROM invoice_allowances AS a WHERE a.invoice_id = i.invoice_id)::text AS allowances
  FROM invoices AS i
 WHERE i.order_id = ANY($1::uuid[]) ORDER BY i.issue_time DESC, i.invoice_id DESC
"""
_ORDERS_LATE = """
SELECT order_id, min(due_time) AS due_time FROM invoice_uploads
 WHERE state <> 'DONE' AND (state = 'REFUSED' OR due_time < $1)
 GROUP BY order_id HAVING (min(due_time), order_id) > ($2, $3::uuid) ORDER BY min(due_time), order_id LIMIT $4
"""
_RATES = """
SELECT sku, rate_bp, tax_class FROM variants JOIN tax_classes USING (tax_class)
 WHERE sku = ANY($1::text[]) AND NOT placeholder
"""
_CURRENCIES = "SELECT order_id, currency FROM orders WHERE order_id = ANY($1::uuid[])"
_PLACE = "SELECT name FROM locations WHERE location_id = $1"

_Lines = list[tuple[int, int, int, str, str, int, bool, int, int]]
_Less = list[tuple[str, str, State, int, int, datetime, _Lines, datetime | None]]
_decode_lines = msgspec.json.Decoder(_Lines).decode
_decode_less = msgspec.json.Decoder(_Less).decode


async def lock(tx: Tx, order_id: str) -> Kept | None:
    """An order's buyer, and nobody else settles its invoices meanwhile; None: it is to have none."""
    row = await tx.fetchrow(_LOCK, order_id)
    return _kept(row) if row else None


async def buyers(tx: Tx, order_ids: Sequence[str]) -> dict[str, Kept]:
    """What is kept of the buyers of these orders."""
    return {row["order_id"]: _kept(row) for row in await tx.fetch(_BUYERS, list(order_ids))}


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[Invoice]]:
    """The invoices of these orders, newest first."""
    found: dict[str, list[Invoice]] = {}
    for row in await tx.fetch(_OF_ORDERS, list(order_ids)):
        found.setdefault(row["order_id"], []).append(_invoice(row))
    return found


async def late(tx: Tx, now: datetime, after: tuple[datetime, str], size: int) -> list[tuple[str, datetime]]:
    """Orders of which something should have arrived at the provider, and since when."""
    return [(row[0], row[1]) for row in await tx.fetch(_ORDERS_LATE, now, *after, size)]


async def rates(tx: Tx, skus: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """The tax class of each good that we have heard of: its basis points, its code."""
    return {row[0]: (row[1], row[2]) for row in await tx.fetch(_RATES, list(skus))}


async def currencies(tx: Tx, order_ids: Sequence[str]) -> dict[str, str]:
    """In which currency each of these orders is."""
    return {row[0]: row[1] for row in await tx.fetch(_CURRENCIES, list(order_ids))}


async def place(tx: Tx, location_id: str) -> str:
    """What people call a place."""
    return str(await tx.fetchval(_PLACE, location_id) or "") if location_id else ""


def _kept(row: Any) -> Kept:
    values = dict(row)
    return Kept(**values | {"carrier_kind": Carrier(row["carrier_kind"])})


def _invoice(row: Any) -> Invoice:
    values = dict(row)
    lines, less = values.pop("lines"), values.pop("allowances")
    return Invoice(
        **values
        | {
            "state": State(row["state"]),
            "carrier_kind": Carrier(row["carrier_kind"]),
            "lines": tuple(Line(*one) for one in _decode_lines(lines)),
            "allowances": tuple(_allowance(one) for one in _decode_less(less)) if less else (),
        }
    )


def _allowance(one: tuple[Any, ...]) -> Allowance:
    allowance_id, number, state, amount, tax, issued, lines, voided = one
    kept = tuple(Line(*line) for line in lines)
    return Allowance(allowance_id, number, state, amount, tax, issued.astimezone(UTC), kept, voided)
