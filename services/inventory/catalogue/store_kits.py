"""What kits are made of."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from kit.postgres import Tx
from services.inventory.catalogue.domain_kits import Component, Definition, History

# UNION drops what was met before, so that not even a circle would go round for ever
_REACHED = """
WITH RECURSIVE reached AS (
    SELECT sku, components FROM variants WHERE sku = ANY($1::text[])
    UNION
    SELECT v.sku, v.components
      FROM reached, jsonb_to_recordset(reached.components) AS part (sku text), variants v WHERE v.sku = part.sku
)
SELECT sku, components FROM reached WHERE components <> '[]'
"""

_HISTORY = "SELECT sku, since, components FROM kit_definitions ORDER BY sku, since"
_DEFINE = """
INSERT INTO kit_definitions (sku, since, components)
SELECT sku, since, components::jsonb
  FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS d (sku, since, components)
ON CONFLICT (sku, since) DO UPDATE SET components = excluded.components
"""


async def history(tx: Tx) -> History:
    """What every kit was made of, and since when."""
    rows = await tx.fetch(_HISTORY)
    return History(Definition(row["sku"], row["since"], _components(row["components"])) for row in rows)


async def define(tx: Tx, given: Sequence[Definition]) -> None:
    """Writes down what kits are made of from now on."""
    if given:
        rows = [(one.sku, one.since, json.dumps([asdict(part) for part in one.components])) for one in given]
        await tx.execute(_DEFINE, *map(list, zip(*rows, strict=True)))


async def reached(tx: Tx, skus: Iterable[str]) -> dict[str, tuple[Component, ...]]:
    """The kits among these SKUs and within them, each with its components one level deep."""
    rows = await tx.fetch(_REACHED, list(skus))
    return {row["sku"]: _components(row["components"]) for row in rows}


def _components(held: str) -> tuple[Component, ...]:
    return tuple(Component(**one) for one in json.loads(held))
