"""A small shop's reference data, as its till holds them."""

from datetime import UTC, datetime

from omo.inventory.v1 import catalogue_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2 as link
from omo_storelink import Reference

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
CURSOR = link.ReferenceCursor(publisher="inventory", stream_epoch="e", sequence=1)


def coat(version: int = 4) -> pb.Product:
    variant = pb.Variant(sku="COAT", tax_class="standard", scale=1, active=True, barcodes=["bar-COAT"])
    return pb.Product(product_id="P", name="Coat", variants=[variant], version=version, active=True)


def prices(version: int = 9, amount: int = 3000) -> link.PriceListPart:
    listed = pb.PriceList(price_list_id="retail", currency_code="TWD", tax_included=True, version=version)
    listed.prices.add(sku="COAT", amount=amount)
    return link.PriceListPart(price_list=listed)


def shop() -> Reference:
    reference = Reference.open(":memory:")
    reference.take(link.Reference(cursor=CURSOR, product=coat()))
    reference.take(link.Reference(cursor=CURSOR, tax_class=pb.TaxClass(tax_class="standard", rate_bp=500)))
    reference.take(link.Reference(cursor=CURSOR, price_list=prices()))
    return reference
