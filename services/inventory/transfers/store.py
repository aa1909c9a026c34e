"""Rows of transfers."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.transfers.domain import Discrepancy, Line, Transfer

_COLUMNS = """transfer_id, from_location_id, to_location_id, state, note, hold_id, create_time, ship_time, close_time,
    version, order_id"""
_PUT = f"""
INSERT INTO transfers ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (transfer_id) DO UPDATE SET state = excluded.state, hold_id = excluded.hold_id,
    ship_time = excluded.ship_time, close_time = excluded.close_time, version = excluded.version,
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_PUT_LINES = """
INSERT INTO transfer_lines (transfer_id, line_no, sku, quantity, shipped, accepted, damaged, rejected, closed)
SELECT $1, * FROM unnest($2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                         $9::boolean[])
ON CONFLICT (transfer_id, line_no) DO UPDATE SET shipped = excluded.shipped, accepted = excluded.accepted,
    damaged = excluded.damaged, rejected = excluded.rejected, closed = excluded.closed
"""
_PUT_DISCREPANCIES = """
INSERT INTO transfer_discrepancies (transfer_id, sku, kind, quantity)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[]) ON CONFLICT (transfer_id, sku, kind) DO NOTHING
"""
_LOCK = "SELECT transfer_id FROM transfers WHERE transfer_id = $1 FOR UPDATE"
_BY_ID = f"SELECT {_COLUMNS} FROM transfers WHERE transfer_id = ANY($1::uuid[]) ORDER BY transfer_id DESC"
_LINES = """
SELECT transfer_id, line_no, sku, quantity, shipped, accepted, damaged, rejected, closed FROM transfer_lines
 WHERE transfer_id = ANY($1::uuid[]) ORDER BY transfer_id, line_no
"""
_DISCREPANCIES = """
SELECT transfer_id, sku, kind, quantity FROM transfer_discrepancies WHERE transfer_id = ANY($1::uuid[])
 ORDER BY transfer_id, sku, kind
"""
_PAGE = """
SELECT transfer_id FROM transfers WHERE transfer_id < $1 AND ($2 = '' OR state = $2)
 ORDER BY transfer_id DESC LIMIT $3
"""
_PAGE_HERE = """
SELECT transfer_id FROM transfers
 WHERE transfer_id < $1 AND ($2 = '' OR state = $2) AND (from_location_id = $4 OR to_location_id = $4)
 ORDER BY transfer_id DESC LIMIT $3
"""


async def put(tx: Tx, given: Transfer, actor: Actor) -> None:
    """Writes a transfer whole."""
    head = (given.transfer_id, given.from_location_id, given.to_location_id, given.state, given.note, given.hold_id,
            given.create_time, given.ship_time, given.close_time, given.version, given.order_id)  # fmt: skip
    await tx.execute(_PUT, *head, actor.kind.value, actor.id, actor.terminal_id)
    rows = [
        (one.line_no, one.sku, one.quantity, one.shipped, one.accepted, one.damaged, one.rejected, one.closed)
        for one in given.lines
    ]
    await tx.execute(_PUT_LINES, given.transfer_id, *map(list, zip(*rows, strict=True)))
    if given.discrepancies:
        found = [(one.sku, one.kind, one.quantity) for one in given.discrepancies]
        await tx.execute(_PUT_DISCREPANCIES, given.transfer_id, *map(list, zip(*found, strict=True)))


async def lock(tx: Tx, transfer_id: str) -> Transfer | None:
    """One transfer, locked."""
    if await tx.fetchval(_LOCK, transfer_id) is None:
        return None
    return (await by_id(tx, [transfer_id]))[0]


async def by_id(tx: Tx, transfer_ids: Sequence[str]) -> list[Transfer]:
    """Transfers with their lines, newest first."""
    heads = await tx.fetch(_BY_ID, transfer_ids)
    lines: dict[str, list[Line]] = {}
    for row in await tx.fetch(_LINES, transfer_ids):
        lines.setdefault(row["transfer_id"], []).append(Line(*row[1:]))
    found: dict[str, list[Discrepancy]] = {}
    for row in await tx.fetch(_DISCREPANCIES, transfer_ids):
        found.setdefault(row["transfer_id"], []).append(Discrepancy(*row[1:]))
    return [_transfer(row, lines.get(row["transfer_id"], []), found.get(row["transfer_id"], [])) for row in heads]


async def page(tx: Tx, before: str, state: str, size: int, location_id: str) -> list[Transfer]:
    """Transfers, newest first; of all locations if none is named."""
    if location_id:
        rows = await tx.fetch(_PAGE_HERE, before, state, size, location_id)
    else:
        rows = await tx.fetch(_PAGE, before, state, size)
    return await by_id(tx, [row["transfer_id"] for row in rows])


def _transfer(row: Any, lines: Sequence[Line], found: Sequence[Discrepancy]) -> Transfer:
    return Transfer(**dict(row), lines=tuple(lines), discrepancies=tuple(found))
