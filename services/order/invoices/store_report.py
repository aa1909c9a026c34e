"""What became of a period's numbers, and its documents as rows."""

from typing import Any

from kit.postgres import Tx
from services.order.invoices import domain_numbers, store_spoiled
from services.order.invoices.domain_numbers import Block
from services.order.invoices.domain_report import Misfit, Numbers, Row, Spoiled

_DRAWN = """
SELECT block_id, state, substr(number, 3)::int AS digits FROM invoices WHERE period = $1 AND block_id IS NOT NULL
 ORDER BY number
"""
_MISFITS = """
SELECT order_id, terminal_id, number, reason, business_time FROM invoice_misfits WHERE period = $1
 ORDER BY business_time, order_id LIMIT 500
"""
_TROUBLES = """
SELECT order_id, '' AS terminal_id, '' AS number, trouble AS reason, business_time FROM invoice_orders
 WHERE trouble <> '' ORDER BY business_time, order_id LIMIT 500
"""
# an allowance's number begins with its invoice's: after that comes the next document
_ROWS = """
SELECT 'INVOICE' AS document, i.number, random_code, i.state, i.issue_time, i.void_time, i.order_id,
       orders.order_no, i.location_id, i.terminal_id, business, donation_code, sales, tax, free, total,
       coalesce(handed.state, '') AS upload
  FROM invoices AS i JOIN orders USING (order_id)
  LEFT JOIN LATERAL (SELECT u.state FROM invoice_uploads AS u WHERE u.document_id = i.invoice_id
                      ORDER BY u.step DESC LIMIT 1) AS handed ON true
 WHERE i.period = $1 AND i.number > $2
 ORDER BY i.number LIMIT $3
"""
_ALLOWANCES = """
SELECT 'ALLOWANCE' AS document, a.number, '' AS random_code, a.state, a.issue_time, a.void_time, a.order_id,
       orders.order_no, i.location_id, i.terminal_id, i.business, '' AS donation_code, a.amount - a.tax AS sales, a.tax,
       0::bigint AS free, a.amount AS total, coalesce(handed.state, '') AS upload
  FROM invoice_allowances AS a JOIN orders USING (order_id) JOIN invoices AS i USING (invoice_id)
  LEFT JOIN LATERAL (SELECT u.state FROM invoice_uploads AS u WHERE u.document_id = a.allowance_id
                      ORDER BY u.step DESC LIMIT 1) AS handed ON true
 WHERE a.period = $1 AND a.number > $2
 ORDER BY a.number LIMIT $3
"""


async def numbers(tx: Tx, period: int, blocks: list[Block]) -> list[Numbers]:
    """Every number of every block: used, voided, spoiled, or never drawn."""
    drawn: dict[str, list[tuple[str, int]]] = {}
    torn: dict[str, list[Spoiled]] = {}
    for one in await store_spoiled.of_period(tx, period):
        torn.setdefault(one.block_id, []).append(one)
    for block_id, state, digits in await tx.fetch(_DRAWN, period):
        drawn.setdefault(str(block_id), []).append((state, digits))
    found = []
    for block in blocks:
        mine = drawn.get(block.block_id, [])
        voided = sum(state == "VOIDED" for state, _ in mine)
        spoiled = torn.get(block.block_id, [])
        gone = [*(digits for _, digits in mine), *(int(one.number[2:]) for one in spoiled)]
        blank = domain_numbers.blanks(block, gone)
        found.append(Numbers(block, len(mine) - voided, voided, blank, spoiled))
    return found


async def misfits(tx: Tx, period: int) -> list[Misfit]:
    """What somebody must look at: of the period what tills stated, and every order that waits for a number."""
    rows: list[Any] = [*await tx.fetch(_MISFITS, period), *await tx.fetch(_TROUBLES)]
    return [Misfit(*row) for row in rows]


async def rows(tx: Tx, period: int, after: str, size: int) -> list[Row]:
    """The next invoices of a period, by number."""
    return [Row(*row) for row in await tx.fetch(_ROWS, period, after, size)]


async def allowances(tx: Tx, period: int, after: str, size: int) -> list[Row]:
    """The next allowances that are reported in a period, by number."""
    return [Row(*row) for row in await tx.fetch(_ALLOWANCES, period, after, size)]
