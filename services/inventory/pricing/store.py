"""Goods with their prices in every list, and every change of a price."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.catalogue.domain import PriceList
from services.inventory.pricing.domain import Change, Good

_HEADS = """
SELECT price_list_id, currency_code, tax_included, channel_ids, location_ids, tiers, start_time, end_time, priority,
       version
  FROM price_lists WHERE price_list_id > $1 ORDER BY price_list_id LIMIT $2
"""
_GOODS = """
SELECT v.sku, v.product_id, p.name || ' ' || v.title AS name,
       (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices
  FROM variants v JOIN products p ON p.product_id = v.product_id
 WHERE v.sku > $1 AND v.active AND p.active AND NOT p.placeholder ORDER BY v.sku LIMIT $2
"""
_PRICES_OF = """
SELECT v.scale, (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices
  FROM variants v WHERE v.sku = $1
"""
_LOG = """
INSERT INTO price_changes (price_list_id, sku, amount_before, amount, head, version, business_time, actor_kind,
    actor_id, actor_terminal_id)
SELECT $1, c.sku, c.amount_before, c.amount, c.head::jsonb, $2, $3, $4, $5, $6
  FROM unnest($7::text[], $8::bigint[], $9::bigint[], $10::text[]) AS c (sku, amount_before, amount, head)
"""
_CHANGE = """change_id, price_list_id, sku, amount_before, amount, head, version, business_time, record_time,
       actor_kind, actor_id, actor_terminal_id"""
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_CHANGES = f"SELECT {_CHANGE} FROM price_changes WHERE change_id < $1 ORDER BY change_id DESC LIMIT $2"
_CHANGES_OF_SKU = f"""
SELECT {_CHANGE} FROM price_changes WHERE sku = $3 AND ($4 = '' OR price_list_id = $4) AND change_id < $1
 ORDER BY change_id DESC LIMIT $2
"""
_CHANGES_OF_LIST = f"""
SELECT {_CHANGE} FROM price_changes WHERE price_list_id = $3 AND change_id < $1 ORDER BY change_id DESC LIMIT $2
"""


async def heads(tx: Tx, after: str, size: int) -> list[PriceList]:
    """Price lists without their prices, in code order."""
    return [_head(dict(row)) for row in await tx.fetch(_HEADS, after, size)]


async def goods(tx: Tx, after: str, size: int) -> list[Good]:
    """Goods that are sold, in SKU order."""
    rows = await tx.fetch(_GOODS, after, size)
    return [Good(row["sku"], row["product_id"], row["name"].strip(), json.loads(row["prices"] or "{}")) for row in rows]


async def prices_of(tx: Tx, sku: str) -> tuple[int, dict[str, int]] | None:
    """A SKU's scale, and its price in each list; None: there is no such SKU."""
    row = await tx.fetchrow(_PRICES_OF, sku)
    return (row["scale"], json.loads(row["prices"] or "{}")) if row else None


async def log(
    tx: Tx,
    after: PriceList,
    head_changed: bool,
    before: Mapping[str, int],
    prices: Mapping[str, int],
    removed: Iterable[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Writes down what changed in a list: its head, and each price with what it was."""
    rows: list[tuple[str, int | None, int | None, str | None]] = []
    if head_changed:
        rows.append(("", None, None, json.dumps(asdict(after), default=datetime.isoformat)))
    rows += [(sku, before.get(sku), amount, None) for sku, amount in prices.items()]
    rows += [(sku, before.get(sku), None, None) for sku in removed]
    who = (actor.kind.value, actor.id, actor.terminal_id)
    columns = map(list, zip(*rows, strict=True))
    await tx.execute(_LOG, after.price_list_id, after.version, now, *who, *columns)


async def changes(tx: Tx, sku: str, price_list_id: str, before: str, size: int) -> Sequence[Change]:
    """Changes older than one, the newest first."""
    start = before or _LAST
    if sku:
        rows = await tx.fetch(_CHANGES_OF_SKU, start, size, sku, price_list_id)
    elif price_list_id:
        rows = await tx.fetch(_CHANGES_OF_LIST, start, size, price_list_id)
    else:
        rows = await tx.fetch(_CHANGES, start, size)
    return [_change(row) for row in rows]


def _change(row: Any) -> Change:
    held = dict(row)
    head = json.loads(held.pop("head") or "null")
    if head is not None:
        for name in ("start_time", "end_time"):
            head[name] = datetime.fromisoformat(head[name]) if head[name] else None
    return Change(**held, head=_head(head) if head else None)


def _head(given: dict[str, Any]) -> PriceList:
    return PriceList(**given | {name: tuple(given[name]) for name in ("channel_ids", "location_ids", "tiers")})
