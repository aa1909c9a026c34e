"""Reads what a price, or a look at a store's sale, needs of the reference copies."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from omo_pricing import Window
from services.order.freight import store as freight
from services.order.preorders import store as preorders
from services.order.reference.domain import Good, Location, PriceList, Surroundings, Variant

_HEAD = "SELECT head FROM reference_head WHERE name = 'reference'"
_CHANNELS = "SELECT channel_id, kind, listed_only FROM channels ORDER BY channel_id"
_LOCATIONS = """
SELECT location_id, kind, name, pickup, ships, active, listed_only FROM locations ORDER BY location_id
"""
_TAX_CLASSES = "SELECT tax_class, rate_bp FROM tax_classes ORDER BY tax_class"
_PRICE_LISTS = """
SELECT price_list_id, currency, tax_included, channels, locations, tiers, start_time, end_time, priority, version
  FROM price_lists ORDER BY price_list_id
"""
_PROGRAM = "SELECT point_value FROM program WHERE name = 'program'"
_RULES_VERSION = "SELECT number FROM rule_sets ORDER BY number DESC LIMIT 1"
_INVOICES = "SELECT (terms ->> 'enabled')::bool FROM invoice_terms ORDER BY version DESC LIMIT 1"
_CHANGED_SINCE = """
SELECT sku FROM variants WHERE head > $1 UNION SELECT sku FROM prices WHERE head > $1
 UNION SELECT sku FROM assortments WHERE head > $1 LIMIT $2
"""
_GOODS = """
SELECT variant.sku, product_id, variant.version, name, scale, by_measure, tax_class, brand, categories, tags, active,
       placeholder, price.lists, price.amounts, assortments.entries
  FROM variants AS variant
  LEFT JOIN assortments ON assortments.sku = variant.sku
  LEFT JOIN LATERAL (
       SELECT array_agg(price_list_id) AS lists, array_agg(amount) AS amounts
         FROM prices WHERE prices.sku = variant.sku AND amount IS NOT NULL) AS price ON true
 WHERE variant.sku = ANY($1::text[])
"""


async def surroundings(tx: Tx) -> Surroundings:
    """Everything small; read the head first, so that what changes meanwhile is read again."""
    head = await tx.fetchval(_HEAD)
    number = await tx.fetchval(_RULES_VERSION)
    lists = [_price_list(row) for row in await tx.fetch(_PRICE_LISTS)]
    channels = await tx.fetch(_CHANNELS)
    return Surroundings(
        version=int(head),
        channels={row["channel_id"]: row["kind"] for row in channels},
        locations={row["location_id"]: Location(*row) for row in await tx.fetch(_LOCATIONS)},
        tax_rates={row["tax_class"]: row["rate_bp"] for row in await tx.fetch(_TAX_CLASSES)},
        price_lists=tuple(sorted(lists, key=lambda each: each.rank, reverse=True)),
        point_value=int(await tx.fetchval(_PROGRAM) or 0),
        rules_version=str(number or 0),
        invoices=bool(await tx.fetchval(_INVOICES)),
        listed_only=frozenset(row["channel_id"] for row in channels if row["listed_only"]),
        preorders=await preorders.in_force(tx),
        freight=await freight.newest(tx),
    )


async def changed_since(tx: Tx, head: int, limit: int) -> set[str]:
    """SKUs whose good or price changed after `head`; `limit` of them mean: maybe more."""
    return {row[0] for row in await tx.fetch(_CHANGED_SINCE, head, limit)}


async def goods(tx: Tx, skus: Sequence[str]) -> dict[str, Good]:
    """The goods among these SKUs, each with its prices."""
    return {row["sku"]: _good(row) for row in await tx.fetch(_GOODS, skus)}


def _good(row: Any) -> Good:
    variant = Variant(
        sku=row["sku"],
        product_id=row["product_id"],
        product_version=row["version"],
        name=row["name"],
        scale=row["scale"],
        by_measure=row["by_measure"],
        tax_class=row["tax_class"],
        brand=row["brand"],
        categories=tuple(filter(None, row["categories"].split("\n"))),
        tags=tuple(filter(None, row["tags"].split("\n"))),
        active=row["active"],
        placeholder=row["placeholder"],
    )
    prices = dict(zip(row["lists"] or (), row["amounts"] or (), strict=True))
    return Good(variant, prices, *_windows(json.loads(row["entries"] or "{}")))


def _windows(entries: dict[str, Any]) -> tuple[dict[str, Window], dict[str, Window]]:
    """What an assortment says of channels, and of places."""
    found: dict[str, dict[str, Window]] = {"C": {}, "L": {}}
    for scope, (published, unpublished, withheld) in entries.items():
        window = Window(_moment(published), _moment(unpublished), withheld)
        found[scope[0]][scope[2:]] = window
    return found["C"], found["L"]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _price_list(row: Any) -> PriceList:
    return PriceList(
        row["price_list_id"],
        row["currency"],
        row["tax_included"],
        frozenset(row["channels"]),
        frozenset(row["locations"]),
        frozenset(row["tiers"]),
        row["start_time"],
        row["end_time"],
        row["priority"],
        row["version"],
    )
