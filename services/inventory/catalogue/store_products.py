"""Products, their variants and barcodes: whole batches in a statement each."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.catalogue.domain import Media, Product, Shelf, Variant
from services.inventory.catalogue.domain_kits import Component

_HEAD = "UPDATE catalogue_head SET version = version + 1 WHERE name = 'catalogue' RETURNING version"
_LOCK = "SELECT version FROM catalogue_head WHERE name = 'catalogue' FOR UPDATE"
_VERSION = "SELECT version FROM catalogue_head WHERE name = 'catalogue'"

_COLUMNS = """p.product_id, p.name, p.names, p.brand, p.categories, p.tags, p.active, p.placeholder, p.version,
       p.media,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', v.sku, 'title', v.title, 'options', v.options,
               'barcodes', v.barcodes, 'base_unit', v.base_unit, 'scale', v.scale, 'by_measure', v.by_measure,
               'tax_class', v.tax_class, 'unit_cost', v.unit_cost, 'active', v.active,
               'components', v.components, 'tracking', v.tracking) ORDER BY v.position), '[]')
          FROM variants v WHERE v.product_id = p.product_id) AS variants"""
_BY_ID = f"SELECT {_COLUMNS} FROM products p WHERE p.product_id = ANY($1::text[])"
_PAGE = f"""
SELECT {_COLUMNS} FROM products p
 WHERE p.product_id > $1 AND (p.active OR NOT $2) AND ($3 = '' OR p.categories @> ARRAY[$3])
 ORDER BY p.product_id LIMIT $4
"""
_HOMES = "SELECT sku, product_id FROM variants WHERE sku = ANY($1::text[])"
_BARCODES = "SELECT barcode, sku FROM barcodes WHERE barcode = ANY($1::text[])"
_FIND = """
SELECT product_id, sku, 0 AS rank FROM variants WHERE sku = $1
UNION ALL
SELECT v.product_id, v.sku, 1 FROM barcodes b JOIN variants v ON v.sku = b.sku WHERE b.barcode = $1
ORDER BY rank LIMIT 1
"""
_PUT_PRODUCTS = """
INSERT INTO products (product_id, name, names, brand, categories, tags, active, placeholder, version, media,
    actor_kind, actor_id, actor_terminal_id)
SELECT p.product_id, p.name, p.names, p.brand, p.categories, p.tags, p.active, p.placeholder, p.version, p.media,
       $2, $3, $4
  FROM jsonb_to_recordset($1::jsonb) AS p (product_id text, name text, names jsonb, brand text, categories text[],
       tags text[], active boolean, placeholder boolean, version bigint, media jsonb)
ON CONFLICT (product_id) DO UPDATE SET name = excluded.name, names = excluded.names, brand = excluded.brand,
    categories = excluded.categories, tags = excluded.tags, active = excluded.active,
    placeholder = excluded.placeholder, version = excluded.version, media = excluded.media, update_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_PUT_VARIANTS = """
INSERT INTO variants (sku, product_id, position, title, options, barcodes, base_unit, scale, by_measure, tax_class,
    unit_cost, active, components, tracking)
SELECT v.sku, v.product_id, v.position, v.title, v.options, v.barcodes, v.base_unit, v.scale, v.by_measure,
       v.tax_class, v.unit_cost, v.active, v.components, v.tracking
  FROM jsonb_to_recordset($1::jsonb) AS v (sku text, product_id text, position int, title text, options jsonb,
       barcodes text[], base_unit text, scale bigint, by_measure boolean, tax_class text, unit_cost bigint,
       active boolean, components jsonb, tracking text[])
ON CONFLICT (sku) DO UPDATE SET product_id = excluded.product_id, position = excluded.position,
    title = excluded.title, options = excluded.options, barcodes = excluded.barcodes,
    base_unit = excluded.base_unit, scale = excluded.scale, by_measure = excluded.by_measure,
    tax_class = excluded.tax_class, unit_cost = excluded.unit_cost, active = excluded.active,
    components = excluded.components, tracking = excluded.tracking
"""
_DROP_BARCODES = "DELETE FROM barcodes WHERE sku = ANY($1::text[]) AND barcode <> ALL($2::text[])"
_PUT_BARCODES = """
INSERT INTO barcodes (barcode, sku) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (barcode) DO UPDATE SET sku = excluded.sku WHERE barcodes.sku <> excluded.sku
"""
_UNKNOWN = """
SELECT asked.sku FROM unnest($1::text[]) AS asked (sku)
 WHERE NOT EXISTS (SELECT FROM variants v WHERE v.sku = asked.sku)
"""


async def bump(tx: Tx) -> int:
    """The catalogue's next version; whoever changes the catalogue waits here for whoever does."""
    return int(await tx.fetchval(_HEAD))


async def lock(tx: Tx) -> None:
    """Keeps the catalogue as it is until the transaction ends."""
    await tx.execute(_LOCK)


async def version(tx: Tx) -> int:
    """The catalogue's version."""
    return int(await tx.fetchval(_VERSION))


async def shelf(tx: Tx, given: Sequence[Product]) -> Shelf:
    """What stands there of the products, SKUs and barcodes that a write names."""
    skus = [variant.sku for product in given for variant in product.variants]
    codes = [code for product in given for variant in product.variants for code in variant.barcodes]
    homes = {row["sku"]: row["product_id"] for row in await tx.fetch(_HOMES, skus)}
    barcodes = {row["barcode"]: row["sku"] for row in await tx.fetch(_BARCODES, codes)} if codes else {}
    ids = {product.product_id for product in given} | set(homes.values())
    return Shelf({one.product_id: one for one in await by_id(tx, ids)}, homes, barcodes)


async def by_id(tx: Tx, product_ids: Iterable[str]) -> list[Product]:
    """The products of these ids, in no order."""
    return [_product(row) for row in await tx.fetch(_BY_ID, list(product_ids))]


async def page(tx: Tx, after: str, size: int, *, active_only: bool = False, category: str = "") -> list[Product]:
    """Products in code order."""
    return [_product(row) for row in await tx.fetch(_PAGE, after, active_only, category, size)]


async def find(tx: Tx, code: str) -> tuple[str, str] | None:
    """The product and the SKU of a SKU or barcode."""
    row = await tx.fetchrow(_FIND, code)
    return (row["product_id"], row["sku"]) if row else None


async def homes(tx: Tx, skus: Iterable[str]) -> dict[str, str]:
    """The product of each of these SKUs; those of none are left out."""
    return {row["sku"]: row["product_id"] for row in await tx.fetch(_HOMES, list(skus))}


async def unknown(tx: Tx, skus: Iterable[str]) -> list[str]:
    """Those that are not in the catalogue."""
    return [row["sku"] for row in await tx.fetch(_UNKNOWN, sorted(set(skus)))]


async def put(tx: Tx, products: Sequence[Product], actor: Actor) -> None:
    """Writes products whole, over what was there."""
    if not products:
        return
    heads = json.dumps([_head(product) for product in products])
    variants = [
        asdict(variant) | {"product_id": product.product_id, "position": number}
        for product in products
        for number, variant in enumerate(product.variants)
    ]
    owners = [(code, variant["sku"]) for variant in variants for code in variant["barcodes"]]
    codes, skus = [code for code, _ in owners], [sku for _, sku in owners]
    await tx.execute(_PUT_PRODUCTS, heads, actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_PUT_VARIANTS, json.dumps(variants))
    await tx.execute(_DROP_BARCODES, [variant["sku"] for variant in variants], codes)
    if owners:
        await tx.execute(_PUT_BARCODES, codes, skus)


def _head(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "names": product.names,
        "brand": product.brand,
        "categories": product.categories,
        "tags": product.tags,
        "active": product.active,
        "placeholder": product.placeholder,
        "version": product.version,
        "media": [asdict(one) for one in product.media],
    }


def _product(row: Any) -> Product:
    head = dict(row)
    variants = tuple(_variant(one) for one in json.loads(head.pop("variants")))
    names, categories, tags = json.loads(head.pop("names")), tuple(head.pop("categories")), tuple(head.pop("tags"))
    media = tuple(Media(**one) for one in json.loads(head.pop("media")))
    return Product(**head, names=names, categories=categories, tags=tags, variants=variants, media=media)


def _variant(held: dict[str, Any]) -> Variant:
    components = tuple(Component(**one) for one in held["components"])
    lists = {name: tuple(held[name]) for name in ("barcodes", "tracking")}
    return Variant(**(held | lists | {"components": components}))
