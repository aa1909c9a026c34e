"""Every SQL statement about what providers are to hand in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.order.invoices.domain import Handing, Upload, Verb

_ADD = """
INSERT INTO invoice_uploads (order_id, step, document_id, verb, state, due_time)
SELECT $1, coalesce((SELECT max(step) FROM invoice_uploads WHERE order_id = $1), 0) + 1, $2, $3, 'PENDING', $4
    ON CONFLICT (document_id, verb) DO NOTHING
"""
_OPEN = """
SELECT step, document_id, verb, state, code, due_time, tries, settle_time FROM invoice_uploads
 WHERE order_id = $1 AND state = 'PENDING' ORDER BY step
"""
_OF_ORDERS = """
SELECT document_id, verb, state, code, due_time, tries, settle_time FROM invoice_uploads
 WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, step
"""
_SETTLE = """
UPDATE invoice_uploads SET state = $3, code = $4, settle_time = $5
 WHERE order_id = $1 AND step = $2 AND state = 'PENDING'
"""
_TRIED = "UPDATE invoice_uploads SET tries = tries + 1, code = $3 WHERE order_id = $1 AND step = $2 RETURNING tries"
_AGAIN = """
UPDATE invoice_uploads SET state = 'PENDING', tries = 0, code = '' WHERE order_id = $1 AND state <> 'DONE' RETURNING 1
"""
_REVERSALS = """
SELECT refunds.refund_id,
       (SELECT coalesce(sum(amount), 0)::bigint FROM return_units WHERE return_id = refunds.refund_id) AS amount
  FROM refunds JOIN reversals USING (refund_id)
 WHERE refunds.order_id = $1 AND kind = 'INVOICE' AND reversals.state IN ('PENDING', 'REFUSED')
 ORDER BY refunds.refund_id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's documents, in the order in which they happened."""

    step: int
    handing: Handing


async def add(tx: Tx, order_id: str, document_id: str, verb: Verb, due: datetime) -> None:
    """Something more to hand in; the caller holds the order's row."""
    await tx.execute(_ADD, order_id, document_id, verb, due)


async def open_steps(tx: Tx, order_id: str) -> list[Step]:
    """What of an order is still to be handed in."""
    return [_step(row) for row in await tx.fetch(_OPEN, order_id)]


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, Handing]:
    """By document, its newest step."""
    return {
        row[0]: Handing(row[0], Verb(row[1]), Upload(row[2]), *row[3:])
        for row in await tx.fetch(_OF_ORDERS, list(order_ids))
    }


async def settle(tx: Tx, order_id: str, step: int, state: Upload, code: str, at: datetime) -> None:
    """It arrived, or was refused."""
    await tx.execute(_SETTLE, order_id, step, state, code, at)


async def tried(tx: Tx, order_id: str, step: int, code: str) -> int:
    """It was asked for without an end; how often by now."""
    return int(await tx.fetchval(_TRIED, order_id, step, code) or 0)


async def again(tx: Tx, order_id: str) -> int:
    """Whatever has not arrived is asked for anew, what was refused too."""
    return len(await tx.fetch(_AGAIN, order_id))


async def reversals(tx: Tx, order_id: str) -> list[tuple[str, int]]:
    """Refunds of an order that wait for its invoices, and what each is worth."""
    return [(row[0], row[1]) for row in await tx.fetch(_REVERSALS, order_id)]


def _step(row: Any) -> Step:
    step, document_id, verb, state, code, due, tries, settled = row
    return Step(step, Handing(document_id, Verb(verb), Upload(state), code, due, tries, settled))
