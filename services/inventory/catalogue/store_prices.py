"""Price lists and their prices."""

from collections.abc import Mapping, Sequence
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.catalogue.domain import PriceList

_COLUMNS = """price_list_id, currency_code, tax_included, channel_ids, location_ids, tiers, start_time, end_time,
    priority, version"""
_HEAD = f"SELECT {_COLUMNS} FROM price_lists WHERE price_list_id = $1"
_HEADS = f"SELECT {_COLUMNS} FROM price_lists WHERE price_list_id = ANY($1::text[])"
_BARE = f"""
SELECT {_COLUMNS} FROM price_lists l
 WHERE price_list_id > $1 AND NOT EXISTS (SELECT FROM prices p WHERE p.price_list_id = l.price_list_id)
 ORDER BY price_list_id LIMIT $2
"""
_PUT_HEAD = """
INSERT INTO price_lists (price_list_id, currency_code, tax_included, channel_ids, location_ids, tiers, start_time,
    end_time, priority, version, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (price_list_id) DO UPDATE SET currency_code = excluded.currency_code,
    tax_included = excluded.tax_included, channel_ids = excluded.channel_ids, location_ids = excluded.location_ids,
    tiers = excluded.tiers, start_time = excluded.start_time, end_time = excluded.end_time,
    priority = excluded.priority, version = excluded.version, update_time = now(), actor_kind = excluded.actor_kind,
    actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_HELD = "SELECT sku, amount FROM prices WHERE price_list_id = $1 AND sku = ANY($2::text[])"
_PUT = """
INSERT INTO prices (price_list_id, sku, amount, version)
SELECT $1, sku, amount, $4 FROM unnest($2::text[], $3::bigint[]) AS given (sku, amount) ORDER BY sku
ON CONFLICT (price_list_id, sku) DO UPDATE SET amount = excluded.amount, version = excluded.version
"""
_REMOVE = "DELETE FROM prices WHERE price_list_id = $1 AND sku = ANY($2::text[])"
_PAGE = "SELECT sku, amount FROM prices WHERE price_list_id = $1 AND sku > $2 ORDER BY sku LIMIT $3"
_ALL = """
SELECT price_list_id, sku, amount FROM prices WHERE (price_list_id, sku) > ($1, $2)
 ORDER BY price_list_id, sku LIMIT $3
"""


async def head(tx: Tx, price_list_id: str) -> PriceList | None:
    """A price list without its prices."""
    row = await tx.fetchrow(_HEAD, price_list_id)
    return _price_list(row) if row else None


async def heads(tx: Tx, price_list_ids: Sequence[str]) -> dict[str, PriceList]:
    """Price lists without their prices, by id."""
    return {row["price_list_id"]: _price_list(row) for row in await tx.fetch(_HEADS, list(price_list_ids))}


async def bare(tx: Tx, after: str, size: int) -> list[PriceList]:
    """Price lists that hold no price yet, in code order."""
    return [_price_list(row) for row in await tx.fetch(_BARE, after, size)]


async def put_head(tx: Tx, given: PriceList, actor: Actor) -> None:
    """Writes the head over what was there."""
    columns = (given.price_list_id, given.currency_code, given.tax_included, given.channel_ids, given.location_ids)
    when = (given.tiers, given.start_time, given.end_time, given.priority, given.version)
    await tx.execute(_PUT_HEAD, *columns, *when, actor.kind.value, actor.id, actor.terminal_id)


async def held(tx: Tx, price_list_id: str, skus: Sequence[str]) -> dict[str, int]:
    """What the list says of these SKUs."""
    return {row["sku"]: row["amount"] for row in await tx.fetch(_HELD, price_list_id, list(skus))}


async def put(tx: Tx, price_list_id: str, prices: Mapping[str, int], removed: Sequence[str], version: int) -> None:
    """Writes some prices and takes some out; the others stay."""
    if prices:
        await tx.execute(_PUT, price_list_id, list(prices), list(prices.values()), version)
    if removed:
        await tx.execute(_REMOVE, price_list_id, list(removed))


async def page(tx: Tx, price_list_id: str, after: str, size: int) -> list[tuple[str, int]]:
    """A list's prices in code order."""
    return [(row["sku"], row["amount"]) for row in await tx.fetch(_PAGE, price_list_id, after, size)]


async def everything(tx: Tx, after: tuple[str, str], size: int) -> list[tuple[str, str, int]]:
    """The prices of all lists, list by list: (list, SKU, amount)."""
    return [(row["price_list_id"], row["sku"], row["amount"]) for row in await tx.fetch(_ALL, *after, size)]


def _price_list(row: Any) -> PriceList:
    given = dict(row)
    return PriceList(**given | {name: tuple(given[name]) for name in ("channel_ids", "location_ids", "tiers")})
