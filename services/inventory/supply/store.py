"""Documents of incoming goods and their lines."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.supply.domain import Document, Line, Place

_COLUMNS = "document_id, kind, supplier, note, state, create_time, close_time, version"
_PUT = f"""
INSERT INTO supply_documents ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (document_id) DO UPDATE SET kind = excluded.kind, supplier = excluded.supplier, note = excluded.note,
    state = excluded.state, close_time = excluded.close_time, version = excluded.version, record_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_PUT_LINES = """
INSERT INTO supply_lines (document_id, line_no, sku, location_id, quantity, expected_time, promisable, accepted,
    damaged, closed)
SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::boolean[],
                         $8::bigint[], $9::bigint[], $10::boolean[])
ON CONFLICT (document_id, line_no) DO UPDATE SET quantity = excluded.quantity,
    expected_time = excluded.expected_time, promisable = excluded.promisable, accepted = excluded.accepted,
    damaged = excluded.damaged, closed = excluded.closed
"""
# A document that nobody wrote yet has no row to lock: two that write it first are one behind the other here.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('supply ' || id, 0)) FROM unnest($1::text[]) AS d (id)"
_TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended('supply ' || $1::text, 0))"
_LOCK = f"""
SELECT {_COLUMNS} FROM supply_documents WHERE document_id = ANY($1::text[]) ORDER BY document_id FOR UPDATE
"""
_BY_ID = f"SELECT {_COLUMNS} FROM supply_documents WHERE document_id = ANY($1::text[]) ORDER BY document_id"
_LINES = """
SELECT document_id, line_no, sku, location_id, quantity, expected_time, promisable, accepted, damaged, closed
  FROM supply_lines WHERE document_id = ANY($1::text[]) ORDER BY document_id, line_no
"""
_PAGE = """
SELECT document_id FROM supply_documents WHERE document_id > $1 AND ($2 = '' OR state = $2)
 ORDER BY document_id LIMIT $3
"""
_PAGE_OF_SKU = """
SELECT DISTINCT l.document_id FROM supply_lines l JOIN supply_documents d ON d.document_id = l.document_id
 WHERE l.document_id > $1 AND l.sku = $4 AND ($2 = '' OR d.state = $2) AND ($5 = '' OR l.location_id = $5)
 ORDER BY 1 LIMIT $3
"""
_PAGE_HERE = """
SELECT DISTINCT l.document_id FROM supply_lines l JOIN supply_documents d ON d.document_id = l.document_id
 WHERE l.document_id > $1 AND l.location_id = $4 AND ($2 = '' OR d.state = $2)
 ORDER BY 1 LIMIT $3
"""
_INCOMING = """
SELECT sku, location_id, expected_time, incoming FROM supply_lines
 WHERE sku = ANY($1::text[]) AND incoming > 0 AND promisable
 ORDER BY sku, location_id, expected_time, document_id, line_no
"""


async def lock(tx: Tx, document_ids: Iterable[str]) -> dict[str, Document]:
    """These documents, locked in the order of their ids; those that nobody wrote yet are left out."""
    wanted = sorted(set(document_ids))
    await tx.fetch(_TURN, wanted)
    return await _whole(tx, await tx.fetch(_LOCK, wanted))


async def alone(tx: Tx, document_id: str) -> bool:
    """Whether nobody writes this document at the moment; nobody will until this transaction ends."""
    return bool(await tx.fetchval(_TRY, document_id))


async def by_id(tx: Tx, document_ids: Sequence[str]) -> dict[str, Document]:
    """These documents, in the order of their ids."""
    return await _whole(tx, await tx.fetch(_BY_ID, list(document_ids)))


async def put(tx: Tx, given: Document, actor: Actor) -> None:
    """Writes a document whole; lines are never dropped."""
    head = (given.document_id, given.kind, given.supplier, given.note, given.state, given.create_time,
            given.close_time, given.version)  # fmt: skip
    await tx.execute(_PUT, *head, actor.kind.value, actor.id, actor.terminal_id)
    rows = [
        (one.line_no, one.sku, one.location_id, one.quantity, one.expected_time, one.promisable, one.accepted,
         one.damaged, one.closed)
        for one in given.lines
    ]  # fmt: skip
    await tx.execute(_PUT_LINES, given.document_id, *map(list, zip(*rows, strict=True)))


async def page(tx: Tx, after: str, state: str, sku: str, location_id: str, size: int) -> list[Document]:
    """Documents in the order of their ids."""
    if sku:
        rows = await tx.fetch(_PAGE_OF_SKU, after, state, size, sku, location_id)
    elif location_id:
        rows = await tx.fetch(_PAGE_HERE, after, state, size, location_id)
    else:
        rows = await tx.fetch(_PAGE, after, state, size)
    return list((await by_id(tx, [row["document_id"] for row in rows])).values())


async def incoming(tx: Tx, skus: Iterable[str]) -> dict[Place, list[tuple[datetime, int]]]:
    """What may be counted on of these SKUs by place, the earliest first."""
    found: dict[Place, list[tuple[datetime, int]]] = {}
    for row in await tx.fetch(_INCOMING, sorted(set(skus))):
        found.setdefault((row["sku"], row["location_id"]), []).append((row["expected_time"], row["incoming"]))
    return found


async def _whole(tx: Tx, heads: Sequence[Any]) -> dict[str, Document]:
    lines: dict[str, list[Line]] = {}
    for row in await tx.fetch(_LINES, [row["document_id"] for row in heads]):
        lines.setdefault(row["document_id"], []).append(Line(*row[1:]))
    return {row["document_id"]: Document(**dict(row), lines=tuple(lines.get(row["document_id"], ()))) for row in heads}
