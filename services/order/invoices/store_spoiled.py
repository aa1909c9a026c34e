"""Every SQL statement about numbers that were drawn and stand on no invoice."""

from collections.abc import Sequence
from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.order.invoices import domain_numbers
from services.order.invoices.domain import Number
from services.order.invoices.domain_numbers import Block
from services.order.invoices.domain_report import Spoiled

_COLUMNS = "number, period, block_id, location_id, terminal_id, reason, business_time, actor_id"
# What is spoiled was drawn: a till with an empty journal goes on behind it. Whoever states a number holds its block
# while he writes, so that it is either on an invoice or spoiled.
_DREW = """
UPDATE invoice_blocks AS block SET next_number = greatest(block.next_number, $3 + 1), version = version + 1
  FROM (SELECT block_id, next_number FROM invoice_blocks
         WHERE period = $1 AND track = $2 AND terminal_id <> '' AND first_number <= $3 AND last_number >= $3
           FOR UPDATE) AS had
 WHERE block.block_id = had.block_id
RETURNING block.block_id, location_id, terminal_id, had.next_number
"""
_ON_INVOICES = "SELECT number FROM invoices WHERE period = $1 AND number = ANY($2::text[]) ORDER BY number LIMIT 1"
_TELL = """
INSERT INTO invoice_spoiled (number, period, block_id, location_id, terminal_id, reason, business_time, actor_kind,
    actor_id)
SELECT number, $1, block_id, location_id, terminal_id, $6, $7, $8, $9
  FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS told (number, block_id, location_id, terminal_id)
    ON CONFLICT (period, number) DO NOTHING
"""
_AMONG = f"SELECT {_COLUMNS} FROM invoice_spoiled WHERE period = $1 AND number = ANY($2::text[]) ORDER BY number"
_OF_PERIOD = f"SELECT {_COLUMNS} FROM invoice_spoiled WHERE period = $1 ORDER BY number"


async def drew(tx: Tx, given: Number) -> Block | None:
    """The till's block that a number is of, as it was, held for this transaction; None: no till draws it."""
    row = await tx.fetchrow(_DREW, given.period, given.track, given.digits)
    if row is None:
        return None
    block_id, location_id, terminal_id, due = row
    return Block(str(block_id), given.period, given.track, given.digits, given.digits, location_id, terminal_id, due)


async def on_invoice(tx: Tx, period: int, numbers: Sequence[str]) -> str | None:
    """The first of them that is on an invoice."""
    found = await tx.fetchval(_ON_INVOICES, period, list(numbers))
    return str(found) if found else None


async def tell(tx: Tx, period: int, blocks: Sequence[Block], reason: str, at: datetime, actor: Actor) -> None:
    """Numbers, each as a block of one; what was said of one before stands."""
    columns = [
        (str(domain_numbers.number(one, one.first)), one.block_id, one.location_id, one.terminal_id) for one in blocks
    ]
    await tx.execute(_TELL, period, *map(list, zip(*columns, strict=True)), reason, at, actor.kind, actor.id)


async def among(tx: Tx, period: int, numbers: Sequence[str]) -> list[Spoiled]:
    """Which of these are spoiled."""
    return [_spoiled(*row) for row in await tx.fetch(_AMONG, period, list(numbers))]


async def of_period(tx: Tx, period: int) -> list[Spoiled]:
    """All of a period."""
    return [_spoiled(*row) for row in await tx.fetch(_OF_PERIOD, period)]


def _spoiled(
    number: str, period: int, block_id: object, location_id: str, terminal_id: str, reason: str, at: datetime, by: str
) -> Spoiled:
    return Spoiled(number, period, str(block_id), location_id, terminal_id, reason, at, by)
