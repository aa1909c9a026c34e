"""Assortments and their entries."""

from collections.abc import Iterable, Sequence
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from omo_pricing import Window
from services.inventory.assortment.domain import Assortment, Entry

_SELECT = """
SELECT a.sku, a.version, e.scope, e.scope_id, e.published_time, e.unpublished_time, e.withheld
  FROM assortments a LEFT JOIN assortment_entries e ON e.sku = a.sku"""
_OF = f"{_SELECT} WHERE a.sku = ANY($1::text[]) ORDER BY a.sku, e.scope, e.scope_id"
_SKUS = "SELECT sku FROM assortments WHERE sku > $1 ORDER BY sku LIMIT $2"
_SKUS_OF_SCOPE = """
SELECT e.sku FROM assortment_entries e WHERE e.scope_id = $1 AND e.scope = $2 AND e.sku > $3 ORDER BY e.sku LIMIT $4
"""
_PUT = """
INSERT INTO assortments (sku, version, actor_kind, actor_id, actor_terminal_id)
SELECT sku, version, $3, $4, $5 FROM unnest($1::text[], $2::bigint[]) AS given (sku, version)
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, update_time = now(), actor_kind = excluded.actor_kind,
    actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_CLEAR = "DELETE FROM assortment_entries WHERE sku = ANY($1::text[])"
_PUT_ENTRIES = """
INSERT INTO assortment_entries (sku, scope, scope_id, published_time, unpublished_time, withheld)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[])
"""
_ACTIVE = """
SELECT p.active AND v.active AND NOT p.placeholder AS active
  FROM variants v JOIN products p ON p.product_id = v.product_id WHERE v.sku = $1
"""


async def of(tx: Tx, skus: Iterable[str]) -> dict[str, Assortment]:
    """The assortments of these SKUs, in SKU order; who has none is left out."""
    entries: dict[str, list[Entry]] = {}
    versions: dict[str, int] = {}
    for row in await tx.fetch(_OF, list(skus)):
        versions[row["sku"]] = row["version"]
        held = entries.setdefault(row["sku"], [])
        if row["scope"] is not None:
            held.append(_entry(row))
    return {sku: Assortment(sku, tuple(entries[sku]), version) for sku, version in versions.items()}


def _entry(row: Any) -> Entry:
    window = Window(row["published_time"], row["unpublished_time"], row["withheld"])
    return Entry(row["scope"], row["scope_id"], window)


async def skus(tx: Tx, after: str, size: int) -> list[str]:
    """SKUs that somebody gave an assortment, in order."""
    return [row["sku"] for row in await tx.fetch(_SKUS, after, size)]


async def skus_of_scope(tx: Tx, scope: str, scope_id: str, after: str, size: int) -> list[str]:
    """SKUs whose assortment names a channel or place, in order."""
    return [row["sku"] for row in await tx.fetch(_SKUS_OF_SCOPE, scope_id, scope, after, size)]


async def put(tx: Tx, given: Sequence[Assortment], actor: Actor) -> None:
    """Writes assortments whole, over what was there."""
    if not given:
        return
    names = [one.sku for one in given]
    await tx.execute(_PUT, names, [one.version for one in given], actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_CLEAR, names)
    rows = [
        (one.sku, each.scope, each.scope_id, each.window.published, each.window.unpublished, each.window.withheld)
        for one in given
        for each in one.entries
    ]
    if rows:
        await tx.execute(_PUT_ENTRIES, *map(list, zip(*rows, strict=True)))


async def active(tx: Tx, sku: str) -> bool | None:
    """Whether product and variant are switched on and described; None: there is no such SKU."""
    found: bool | None = await tx.fetchval(_ACTIVE, sku)
    return found
