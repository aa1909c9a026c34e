"""Imports, their rows, and what is wrong with them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.imports.domain import Draft, Import, Problem, Row

_COLUMNS = """import_id, state, format, mapping, columns, file_name, parts, rows, rows_done, rows_failed, rows_changed,
    create_time, end_time, actor_kind, actor_id, actor_terminal_id, kind"""
_INSERT = f"""
INSERT INTO imports ({_COLUMNS}) VALUES ($1, 'PENDING', $2, $3, '{{}}', $4, 0, 0, 0, 0, 0, $5, NULL, $6, $7, $8, $9)
RETURNING {_COLUMNS}
"""
_GET = f"SELECT {_COLUMNS} FROM imports WHERE import_id = $1"
_LOCK = f"SELECT {_COLUMNS} FROM imports WHERE import_id = $1 FOR UPDATE"
_PAGE = f"SELECT {_COLUMNS} FROM imports WHERE import_id < $1 ORDER BY import_id DESC LIMIT $2"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_PART = "SELECT fingerprint FROM import_parts WHERE import_id = $1 AND part_no = $2"
_PUT_PART = "INSERT INTO import_parts (import_id, part_no, fingerprint) VALUES ($1, $2, $3)"
_PUT_ROWS = """
INSERT INTO import_rows (import_id, row_no, record)
SELECT $1, r.row_no, r.record FROM jsonb_to_recordset($2::jsonb) AS r (row_no bigint, record jsonb)
"""
_TAKEN = f"""
UPDATE imports SET parts = parts + 1, rows = rows + $2, columns = $3 WHERE import_id = $1 RETURNING {_COLUMNS}
"""
_BEGIN = f"""
UPDATE imports SET state = $2, rows_done = 0, rows_failed = 0, rows_changed = 0, end_time = NULL
 WHERE import_id = $1 RETURNING {_COLUMNS}
"""
_CLEAR_KEYS = "DELETE FROM import_keys WHERE import_id = $1"
_CLEAR_ERRORS = "DELETE FROM import_errors WHERE import_id = $1"
_ROWS = """
SELECT row_no, record FROM import_rows WHERE import_id = $1 AND row_no > $2 ORDER BY row_no LIMIT $3
"""
_DROP_ROWS = "DELETE FROM import_rows WHERE import_id = $1 AND row_no <= $2"
# what a row names first is its own; the answer holds whose it is where that is another row
_CLAIM = """
WITH asked AS (
    SELECT DISTINCT ON (kind, key) * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[])
        AS a (kind, key, row_no, owner) ORDER BY kind, key, row_no
), claimed AS (
    INSERT INTO import_keys (import_id, kind, key, row_no, owner)
    SELECT $1, kind, key, row_no, owner FROM asked ON CONFLICT DO NOTHING RETURNING kind, key, row_no, owner
)
SELECT kind, key, row_no, owner FROM claimed
UNION ALL
SELECT k.kind, k.key, k.row_no, k.owner FROM asked JOIN import_keys k USING (kind, key) WHERE k.import_id = $1
"""
_ADVANCE = """
UPDATE imports SET rows_done = $2, rows_failed = rows_failed + $3, rows_changed = rows_changed + $4
 WHERE import_id = $1
"""
_END = "UPDATE imports SET state = $2, end_time = $3 WHERE import_id = $1"
_PUT_ERRORS = """
INSERT INTO import_errors (import_id, row_no, error_no, field, rule, value)
SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
"""
_ERRORS = """
SELECT row_no, error_no, field, rule, value FROM import_errors
 WHERE import_id = $1 AND (row_no, error_no) > ($2, $3) ORDER BY row_no, error_no LIMIT $4
"""


async def insert(
    tx: Tx, import_id: str, kind: str, form: str, mapping: dict[str, str], file_name: str, now: datetime, actor: Actor
) -> Import:
    """Opens an import."""
    who = (actor.kind.value, actor.id, actor.terminal_id)
    return _import(await tx.fetchrow(_INSERT, import_id, form, json.dumps(mapping), file_name, now, *who, kind))


async def get(tx: Tx, import_id: str) -> Import | None:
    row = await tx.fetchrow(_GET, import_id)
    return _import(row) if row else None


async def lock(tx: Tx, import_id: str) -> Import | None:
    """The import, which nobody else changes until the transaction ends."""
    row = await tx.fetchrow(_LOCK, import_id)
    return _import(row) if row else None


async def page(tx: Tx, before: str, size: int) -> list[Import]:
    """Imports, the newest first."""
    return [_import(row) for row in await tx.fetch(_PAGE, before or _LAST, size)]


async def part(tx: Tx, import_id: str, part_no: int) -> bytes | None:
    """The fingerprint of a part that was taken."""
    found: bytes | None = await tx.fetchval(_PART, import_id, part_no)
    return found


async def take(
    tx: Tx, import_id: str, part_no: int, fingerprint: bytes, columns: Sequence[str], rows: Sequence[Row]
) -> Import:
    """Keeps a part's rows."""
    await tx.execute(_PUT_PART, import_id, part_no, fingerprint)
    kept = [{"row_no": one.row_no, "record": {"said": one.record, "trouble": one.trouble}} for one in rows]
    await tx.execute(_PUT_ROWS, import_id, json.dumps(kept))
    return _import(await tx.fetchrow(_TAKEN, import_id, len(rows), list(columns)))


async def begin(tx: Tx, import_id: str, state: str) -> Import:
    """Begins a run: what an earlier one found is forgotten."""
    await tx.execute(_CLEAR_KEYS, import_id)
    await tx.execute(_CLEAR_ERRORS, import_id)
    return _import(await tx.fetchrow(_BEGIN, import_id, state))


async def rows(tx: Tx, import_id: str, after: int, size: int) -> list[Row]:
    """The next rows of a run."""
    found = await tx.fetch(_ROWS, import_id, after, size)
    kept = [(row["row_no"], json.loads(row["record"])) for row in found]
    return [Row(row_no, record["said"], record["trouble"]) for row_no, record in kept]


async def drop_rows(tx: Tx, import_id: str, upto: int) -> None:
    """Forgets rows that were applied."""
    await tx.execute(_DROP_ROWS, import_id, upto)


async def claim(tx: Tx, import_id: str, drafts: Sequence[Draft]) -> dict[tuple[str, str], tuple[int, str]]:
    """The SKUs and barcodes that rows name; answers whose each is: (row, SKU)."""
    keys = [("SKU", one.sku, one.row_no, one.sku) for one in drafts]
    keys += [("BARCODE", code, one.row_no, one.sku) for one in drafts for code in one.barcodes]
    if not keys:
        return {}
    found = await tx.fetch(_CLAIM, import_id, *map(list, zip(*keys, strict=True)))
    return {(row["kind"], row["key"]): (row["row_no"], row["owner"]) for row in found}


async def claim_rows(tx: Tx, import_id: str, keys: Sequence[tuple[str, int]]) -> dict[str, int]:
    """What rows are about; answers with the first row about each."""
    rows = [("ROW", key, row_no, "") for key, row_no in keys]
    found = await tx.fetch(_CLAIM, import_id, *map(list, zip(*rows, strict=True))) if rows else []
    return {row["key"]: row["row_no"] for row in found}


async def forget(tx: Tx, import_id: str) -> None:
    """Forgets what the last run remembered."""
    await tx.execute(_CLEAR_KEYS, import_id)


async def advance(tx: Tx, import_id: str, done: int, problems: Sequence[Problem], changed: int) -> None:
    """Writes down how far a run is, and what it found wrong."""
    if problems:
        lines = [(one.row_no, no, one.field, one.rule, one.value) for no, one in enumerate(problems)]
        await tx.execute(_PUT_ERRORS, import_id, *map(list, zip(*lines, strict=True)))
    await tx.execute(_ADVANCE, import_id, done, len({one.row_no for one in problems}), changed)


async def end(tx: Tx, import_id: str, state: str, now: datetime) -> None:
    """Ends a run."""
    await tx.execute(_END, import_id, state, now)


async def problems(tx: Tx, import_id: str, after: tuple[int, int], size: int) -> list[tuple[int, Problem]]:
    """What is wrong, in row order; each with its number."""
    found = await tx.fetch(_ERRORS, import_id, *after, size)
    return [(row["error_no"], Problem(row["row_no"], row["field"], row["rule"], row["value"])) for row in found]


def _import(row: Any) -> Import:
    held = dict(row)
    return Import(**held | {"mapping": json.loads(held["mapping"]), "columns": tuple(held["columns"])})
