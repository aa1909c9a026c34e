"""Every SQL statement about what stores are called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.postgres import Tx

_PUT = """
INSERT INTO places (location_id, name, names, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::bigint[]) ORDER BY 1
    ON CONFLICT (location_id) DO UPDATE
   SET name = excluded.name, names = excluded.names, version = excluded.version
 WHERE places.version < excluded.version
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A store, and its names by language."""

    location_id: str
    name: str
    names: Mapping[str, str]
    version: int


async def put(tx: Tx, given: Sequence[Place]) -> None:
    """Keeps the newest that is known of each, whatever comes last."""
    newest = {one.location_id: one for one in sorted(given, key=lambda one: one.version)}
    rows = [(one.location_id, one.name, json.dumps(dict(one.names)), one.version) for one in newest.values()]
    await tx.execute(_PUT, *map(list, zip(*rows, strict=True)))
