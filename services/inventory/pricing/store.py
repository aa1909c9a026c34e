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
# What was changed after a moment is undone: of each list the first change behind it says what the price was then.
_UNDONE = """(SELECT jsonb_object_agg(price_list_id, amount_before) FROM (
           SELECT DISTINCT ON (price_list_id) price_list_id, amount_before FROM price_changes c
            WHERE c.sku = v.sku AND c.business_time > $1 ORDER BY price_list_id, business_time, change_id) AS first
       ) AS undone"""
_GOODS_AT = f"""
SELECT v.sku, v.product_id, p.name || ' ' || v.title AS name,
       (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices,
       {_UNDONE}
  FROM variants v JOIN products p ON p.product_id = v.product_id
 WHERE v.sku > $2 AND v.active AND p.active AND NOT p.placeholder ORDER BY v.sku LIMIT $3
"""
_HEADS_AT = """
SELECT DISTINCT ON (price_list_id) head FROM price_changes WHERE sku = '' AND business_time <= $1
 ORDER BY price_list_id, business_time DESC, change_id DESC
"""
_PRICES_OF_AT = f"""
SELECT v.scale, (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices,
       {_UNDONE}
  FROM variants v WHERE v.sku = $2
"""
_PRICES_OF = """
SELECT v.scale, (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices
  FROM variants v WHERE v.sku = $1
"""
_LOG = """
INSERT INTO price_changes (price_list_id, sku, amount_before, amount, head, version, business_time, actor_kind,
    actor_id, actor_terminal_id, reason)
SELECT $1, c.sku, c.amount_before, c.amount, c.head::jsonb, $2, $3, $4, $5, $6, $7
  FROM unnest($8::text[], $9::bigint[], $10::bigint[], $11::text[]) AS c (sku, amount_before, amount, head)
"""
_CHANGE = """change_id, price_list_id, sku, amount_before, amount, head, version, business_time, record_time,
       actor_kind, actor_id, actor_terminal_id, reason"""
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


async def heads_at(tx: Tx, at: datetime) -> list[PriceList]:
    """The price lists that there were at a past moment, as they were."""
    return [_told(json.loads(row["head"])) for row in await tx.fetch(_HEADS_AT, at)]


async def goods(tx: Tx, after: str, size: int, at: datetime | None = None) -> list[Good]:
    """Goods that are sold, in SKU order, with their prices; at a past moment, what they cost then."""
    rows = await (tx.fetch(_GOODS, after, size) if at is None else tx.fetch(_GOODS_AT, at, after, size))
    return [Good(row["sku"], row["product_id"], row["name"].strip(), _prices(row, at)) for row in rows]


async def prices_of(tx: Tx, sku: str, at: datetime | None = None) -> tuple[int, dict[str, int]] | None:
    """A SKU's scale, and its price in each list, now or at a past moment; None: there is no such SKU."""
    row = await (tx.fetchrow(_PRICES_OF, sku) if at is None else tx.fetchrow(_PRICES_OF_AT, at, sku))
    return (row["scale"], _prices(row, at)) if row else None


def _prices(row: Any, at: datetime | None) -> dict[str, int]:
    held = json.loads(row["prices"] or "{}")
    before = json.loads(row["undone"] or "{}") if at else {}
    return {code: amount for code, amount in (held | before).items() if amount is not None}


async def log(
    tx: Tx,
    after: PriceList,
    head_changed: bool,
    before: Mapping[str, int],
    prices: Mapping[str, int],
    removed: Iterable[str],
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    """Writes down what changed in a list, and why: its head, and each price with what it was."""
    rows: list[tuple[str, int | None, int | None, str | None]] = []
    if head_changed:
        rows.append(("", None, None, json.dumps(asdict(after), default=datetime.isoformat)))
    rows += [(sku, before.get(sku), amount, None) for sku, amount in prices.items()]
    rows += [(sku, before.get(sku), None, None) for sku in removed]
    who = (actor.kind.value, actor.id, actor.terminal_id)
    columns = map(list, zip(*rows, strict=True))
    await tx.execute(_LOG, after.price_list_id, after.version, now, *who, reason, *columns)


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
    return Change(**held, head=_told(head) if head else None)


def _told(head: dict[str, Any]) -> PriceList:
    """A head as the history keeps it."""
    times = {name: datetime.fromisoformat(head[name]) if head[name] else None for name in ("start_time", "end_time")}
    return _head(head | times)


def _head(given: dict[str, Any]) -> PriceList:
    return PriceList(**given | {name: tuple(given[name]) for name in ("channel_ids", "location_ids", "tiers")})
