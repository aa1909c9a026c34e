"""Facts about people, as tills sent them, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from kit.postgres import Tx

# flags travel as one text each: unnest would take an array of arrays apart
_INSERT = """
INSERT INTO people_facts (terminal_id, sequence, fact_id, kind, member_id, sku, text_sealed, staff_code, location_id,
                          outcome, flags, business_time)
SELECT terminal_id, sequence, fact_id, kind, member_id, sku, text_sealed, staff_code, location_id,
       outcome, coalesce(string_to_array(nullif(flags, ''), ','), '{}'), business_time
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bytea[], $8::text[],
              $9::text[], $10::text[], $11::text[], $12::timestamptz[])
    AS fact (terminal_id, sequence, fact_id, kind, member_id, sku, text_sealed, staff_code, location_id,
             outcome, flags, business_time)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as it is kept."""

    terminal_id: str
    sequence: int
    fact_id: str
    kind: str
    member_id: str | None
    sku: str
    text_sealed: bytes | None
    staff_code: str
    location_id: str
    outcome: str
    flags: tuple[str, ...]
    business_time: datetime


async def insert(tx: Tx, rows: Sequence[Row]) -> None:
    """Keeps a frame's fresh facts."""
    columns = [[getattr(row, one.name) for row in rows] for one in fields(Row)]
    columns[10] = [",".join(flags) for flags in columns[10]]
    await tx.execute(_INSERT, *columns)
