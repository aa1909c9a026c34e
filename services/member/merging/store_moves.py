"""What came with an absorbed member, in the database: append-only."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kit.postgres import Tx

_NOTE = """
INSERT INTO merge_moves (merge_id, kind, subject, data)
SELECT $1, $2, subject, data::jsonb FROM unnest($3::text[], $4::text[]) AS move (subject, data)
"""

_OF = "SELECT subject, data FROM merge_moves WHERE merge_id = $1 AND kind = $2 ORDER BY subject"


async def note(tx: Tx, merge_id: str, kind: str, moves: Mapping[str, Mapping[str, Any]]) -> None:
    """Keeps what moved: subject -> what it was before (JSON; {} where the subject says all)."""
    if moves:
        await tx.execute(_NOTE, merge_id, kind, list(moves), [json.dumps(data) for data in moves.values()])


async def note_all(tx: Tx, merge_id: str, kind: str, subjects: Sequence[str]) -> None:
    """Keeps what moved, by name alone."""
    await note(tx, merge_id, kind, {subject: {} for subject in subjects})


async def of(tx: Tx, merge_id: str, kind: str) -> dict[str, dict[str, Any]]:
    """What moved with a merge."""
    return {row["subject"]: json.loads(row["data"]) for row in await tx.fetch(_OF, merge_id, kind)}
