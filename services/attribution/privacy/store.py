"""Every SQL statement by which what is known of a person's helpers is handed out or forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.postgres import Tx

_BINDINGS = """
SELECT staff_code, location_id, bind_time, evidence FROM binding_facts
 WHERE member_id = ANY($1::uuid[]) ORDER BY bind_time
"""

_TOUCHES = """
SELECT staff_code, location_id, kind, touch_time FROM touches WHERE member_id = ANY($1::uuid[])
 ORDER BY touch_time
"""

_ENROLMENTS = """
SELECT staff_code, location_id FROM enrolments WHERE member_id = ANY($1::uuid[])
"""

# Touches say how he was served. Bindings and enrolments prove what staff were paid: a book, under ids of nobody.
_SCRUB = "DELETE FROM touches WHERE member_id = ANY($1::uuid[]) RETURNING 1"


async def everything(tx: Tx, member_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a person, section by section."""
    ids = list(member_ids)
    return {
        "bindings": [dict(row) for row in await tx.fetch(_BINDINGS, ids)],
        "touches": [dict(row) for row in await tx.fetch(_TOUCHES, ids)],
        "enrolment": [dict(row) for row in await tx.fetch(_ENROLMENTS, ids)],
    }


async def scrub(tx: Tx, member_ids: Sequence[str]) -> int:
    """Forgets how a person was served; how many rows were removed."""
    return len(await tx.fetch(_SCRUB, list(member_ids)))
