"""Rules version by version, and what they speak of: goods, places, channels."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.availability.domain_filters import Field
from services.inventory.availability.domain_limits import Outlet, Site
from services.inventory.availability.domain_versions import Good, Version

_COLUMNS = "version, state, note, document, create_time, activate_time, actor_kind, actor_id, actor_terminal_id"
_VERSIONS = """
SELECT (SELECT version FROM catalogue_head WHERE name = 'catalogue') AS catalogue,
       (SELECT active_version FROM availability_head WHERE name = 'availability') AS rules
"""
_LOCK = "SELECT active_version FROM availability_head WHERE name = 'availability' FOR UPDATE"
_NEXT = """
UPDATE availability_head SET last_version = last_version + 1 WHERE name = 'availability' RETURNING last_version
"""
_POINT = "UPDATE availability_head SET active_version = $1, watch = $2 WHERE name = 'availability'"
_PUT = f"""
INSERT INTO availability_rules ({_COLUMNS}) VALUES ($1, 'DRAFT', $2, $3::jsonb, $4, NULL, $5, $6, $7)
RETURNING {_COLUMNS}
"""
_FIND = f"""
SELECT {_COLUMNS} FROM availability_rules WHERE version = $1
"""
_RETIRE = "UPDATE availability_rules SET state = 'RETIRED' WHERE state = 'ACTIVE'"
_ACTIVATE = f"""
UPDATE availability_rules
   SET state = 'ACTIVE', activate_time = $2, actor_kind = $3, actor_id = $4, actor_terminal_id = $5
 WHERE version = $1 RETURNING {_COLUMNS}
"""
_PAGE = f"SELECT {_COLUMNS} FROM availability_rules WHERE version < $1 ORDER BY version DESC LIMIT $2"
_GOOD = """v.sku, v.product_id, p.brand, p.categories, p.tags, p.active AND v.active AND NOT p.placeholder AS active,
       ARRAY(SELECT o.key || '=' || o.value FROM jsonb_each_text(v.options) o) AS options
  FROM variants v JOIN products p ON p.product_id = v.product_id"""
_GOODS = f"SELECT {_GOOD} WHERE v.sku = ANY($1::text[])"
_GOODS_AFTER = f"SELECT {_GOOD} WHERE v.sku > $1 ORDER BY v.sku LIMIT $2"
_SITES = """
SELECT location_id, kind, groups, active, ships, pickup, sellable, franchise, web_orders_opt_in, listed_only
  FROM locations
 ORDER BY location_id
"""
_OUTLETS = """
SELECT c.channel_id, c.kind = 'ONLINE' AS online,
       ARRAY(SELECT g.group_id FROM location_groups g WHERE g.kind = 'CHANNEL' AND g.channel_id = c.channel_id
              ORDER BY g.group_id) AS groups, c.listed_only
  FROM channels c ORDER BY c.channel_id
"""
_GROUPS = "SELECT group_id FROM location_groups WHERE group_id = ANY($1::text[])"
_CONFIDENCE = (
    "SELECT sku, location_id, per_mille FROM stock_confidence WHERE sku = ANY($1::text[]) AND per_mille < 1000"
)


async def versions(tx: Tx) -> tuple[int, int]:
    """Of the catalogue and of the rules that decide; both only grow or change with what they name."""
    row: Any = await tx.fetchrow(_VERSIONS)
    return row["catalogue"], row["rules"]


async def lock(tx: Tx) -> int:
    """The version that decides; nobody else writes rules meanwhile."""
    return int(await tx.fetchval(_LOCK))


async def put(tx: Tx, note: str, document: str, at: datetime, actor: Actor) -> Version:
    """Keeps a new draft."""
    version = await tx.fetchval(_NEXT)
    row: Any = await tx.fetchrow(_PUT, version, note, document, at, *_who(actor))
    return Version(**row)


async def find(tx: Tx, version: int) -> Version | None:
    row = await tx.fetchrow(_FIND, version)
    return Version(**row) if row else None


async def activate(tx: Tx, version: int, watch: int, at: datetime, actor: Actor) -> Version:
    """Makes a version decide in place of the one before it."""
    await tx.execute(_RETIRE)
    row: Any = await tx.fetchrow(_ACTIVATE, version, at, *_who(actor))
    await tx.execute(_POINT, version, watch)
    return Version(**row)


async def page(tx: Tx, before: int, size: int) -> list[Version]:
    """Versions, the newest first."""
    return [Version(**row) for row in await tx.fetch(_PAGE, before, size)]


async def goods(tx: Tx, skus: Iterable[str]) -> list[Good]:
    """Those that are in the catalogue."""
    return [_good(row) for row in await tx.fetch(_GOODS, list(skus))]


async def goods_after(tx: Tx, sku: str, size: int) -> list[Good]:
    """Goods in the order of their SKUs."""
    return [_good(row) for row in await tx.fetch(_GOODS_AFTER, sku, size)]


async def sites(tx: Tx) -> dict[str, Site]:
    """Every location."""
    found = (_site(row) for row in await tx.fetch(_SITES))
    return {one.location_id: one for one in found}


async def outlets(tx: Tx) -> dict[str, Outlet]:
    """Every channel."""
    rows = await tx.fetch(_OUTLETS)
    return {
        row["channel_id"]: Outlet(row["channel_id"], row["online"], frozenset(row["groups"]), row["listed_only"])
        for row in rows
    }


async def groups(tx: Tx, group_ids: Iterable[str]) -> set[str]:
    """Those that somebody described."""
    return {row["group_id"] for row in await tx.fetch(_GROUPS, list(group_ids))}


async def confidence(tx: Tx, skus: Sequence[str]) -> dict[tuple[str, str], int]:
    """How sure we are of what is counted, where less than entirely."""
    rows = await tx.fetch(_CONFIDENCE, list(skus))
    return {(row["sku"], row["location_id"]): row["per_mille"] for row in rows}


def _who(actor: Actor) -> tuple[str, str, str]:
    return actor.kind.value, actor.id, actor.terminal_id


def _good(row: Any) -> Good:
    facts = {
        Field.SKU: frozenset({row["sku"]}),
        Field.PRODUCT: frozenset({row["product_id"]}),
        Field.BRAND: frozenset({row["brand"]} - {""}),
        Field.CATEGORY: frozenset(row["categories"]),
        Field.TAG: frozenset(row["tags"]),
        Field.OPTION: frozenset(row["options"]),
    }
    return Good(row["sku"], facts, row["active"])


def _site(row: Any) -> Site:
    location_id, kind, groups, *flags = row
    return Site(location_id, kind, frozenset(groups), *flags)
