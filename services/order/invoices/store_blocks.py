"""Every SQL statement about blocks of numbers: allotted apart, drawn one after the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from kit.access import Actor
from kit.postgres import Tx
from services.order.invoices import domain_numbers
from services.order.invoices.domain import Number, NumbersTaken
from services.order.invoices.domain_numbers import Block

_COLUMNS = "block_id, period, track, first_number, last_number, location_id, terminal_id, next_number, version"
_INSERT = """
INSERT INTO invoice_blocks (block_id, period, track, first_number, last_number, location_id, terminal_id, next_number,
    span, business_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $4, int8range($8, $9, '[]'), $10, $11, $12)
"""
# The store's own first, then the brand's; whoever waits for a block that is empty by then goes on to the next one.
_DRAW = f"""
UPDATE invoice_blocks SET next_number = next_number + 1, version = version + 1
 WHERE block_id = (
       SELECT block_id FROM invoice_blocks
        WHERE period = $1 AND location_id = ANY($2::text[]) AND terminal_id = '' AND next_number <= last_number
        ORDER BY location_id DESC, first_number LIMIT 1 FOR UPDATE)
RETURNING {_COLUMNS}
"""
# A till says what it drew: its block remembers the highest, so that a till with an empty journal goes on behind it.
_DREW = """
UPDATE invoice_blocks SET next_number = greatest(next_number, $4 + 1), version = version + 1
 WHERE period = $1 AND track = $2 AND terminal_id = $3 AND first_number <= $4 AND last_number >= $4
RETURNING block_id
"""
_OF_PERIODS = f"""
SELECT {_COLUMNS} FROM invoice_blocks WHERE period = ANY($1::int[]) ORDER BY period, track, first_number
"""


async def insert(tx: Tx, block: Block, at: datetime, actor: Actor) -> None:
    """A new block; refuses numbers that another one holds."""
    span = [domain_numbers.key(block.period, block.track, digits) for digits in (block.first, block.last)]
    named = (block.block_id, block.period, block.track, block.first, block.last, block.location_id, block.terminal_id)
    try:
        await tx.execute(_INSERT, *named, *span, at, actor.kind, actor.id)
    except asyncpg.ExclusionViolationError:
        raise NumbersTaken("some of these numbers are in another block", field="block.first_number") from None


async def draw(tx: Tx, period: int, location_id: str) -> Number | None:
    """The next number for a place, which stays drawn if, and only if, this transaction commits; None: there is none."""
    row = await tx.fetchrow(_DRAW, period, ["", location_id])
    if row is None:
        return None
    block = _block(row)
    return domain_numbers.number(block, block.next - 1)


async def drew(tx: Tx, period: int, track: str, digits: int, terminal_id: str) -> str | None:
    """A till drew this number of a block of its own; None: it has no such block."""
    found = await tx.fetchval(_DREW, period, track, terminal_id, digits)
    return str(found) if found else None


async def of_periods(tx: Tx, periods: Sequence[int]) -> list[Block]:
    """All blocks of some periods."""
    return [_block(row) for row in await tx.fetch(_OF_PERIODS, list(periods))]


def _block(row: Any) -> Block:
    block_id, period, track, first, last, location_id, terminal_id, upto, version = row
    return Block(str(block_id), period, track, first, last, location_id, terminal_id, upto, version)
