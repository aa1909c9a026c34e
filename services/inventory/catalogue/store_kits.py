"""What kits are made of."""

import json
from collections.abc import Iterable

from kit.postgres import Tx
from services.inventory.catalogue.domain_kits import Component

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

_EVERY = "SELECT sku, components FROM variants WHERE components <> '[]'"


async def every(tx: Tx) -> dict[str, tuple[Component, ...]]:
    """Every kit, with its components one level deep."""
    return {row["sku"]: _components(row["components"]) for row in await tx.fetch(_EVERY)}


async def reached(tx: Tx, skus: Iterable[str]) -> dict[str, tuple[Component, ...]]:
    """The kits among these SKUs and within them, each with its components one level deep."""
    rows = await tx.fetch(_REACHED, list(skus))
    return {row["sku"]: _components(row["components"]) for row in rows}


def _components(held: str) -> tuple[Component, ...]:
    return tuple(Component(**one) for one in json.loads(held))
