"""What pieces of reference data are called in a till's copy."""

from collections.abc import Iterable
from typing import Any

from omo.inventory.v1 import catalogue_pb2

# by which field a thing is called
_NAMES = {
    "location": "location_id",
    "channel": "channel_id",
    "tax_class": "tax_class",
    "staff": "staff_code",
    "assortment": "sku",
    "invoice_block": "block_id",
}


def codes(product: catalogue_pb2.Product) -> Iterable[tuple[str, str, str]]:
    """Every code by which a product's goods are found: code, SKU, product."""
    for variant in product.variants:
        for code in (*variant.barcodes, variant.sku):
            yield code, variant.sku, product.product_id


def lot(sku: str, lot_: str, serial: str) -> str:
    """What a lot, or a unit by its serial, is called."""
    return f"{sku}\x1f{lot_}\x1f{serial}"


def name(kind: str, thing: Any) -> tuple[str, int]:
    """What a thing is called, and its version; those without one come in stream order."""
    if kind == "rules":
        return "rules", 0
    if kind == "lot":
        return lot(thing.sku, thing.lot, thing.serial), thing.version
    return str(getattr(thing, _NAMES[kind])), int(getattr(thing, "version", 0))
