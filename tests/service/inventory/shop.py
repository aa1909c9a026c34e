"""A small brand for tests of the catalogue: products, channels, prices, and what is asked of them."""

from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import catalogue_assortment_service_pb2_grpc as assortment_rpc
from omo.inventory.v1 import catalogue_import_service_pb2_grpc as import_rpc
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_price_service_pb2_grpc as price_rpc
from omo.inventory.v1 import catalogue_search_service_pb2_grpc as search_rpc
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from omo.type.v1 import channel_pb2
from tests.service.inventory.conftest import HQ, Inventory, new

ONLINE, STORES = channel_pb2.CHANNEL_KIND_ONLINE, channel_pb2.CHANNEL_KIND_STORE


def search(inventory: Inventory) -> Any:
    return search_rpc.SearchServiceStub(inventory.channel)


def assortments(inventory: Inventory) -> Any:
    return assortment_rpc.AssortmentServiceStub(inventory.channel)


def prices(inventory: Inventory) -> Any:
    return price_rpc.PriceServiceStub(inventory.channel)


def imports(inventory: Inventory) -> Any:
    return import_rpc.ImportServiceStub(inventory.channel)


def variant(sku: str, **more: Any) -> pb.Variant:
    return pb.Variant(**{"sku": sku, "active": True, **more})


def product(product_id: str, *variants: pb.Variant, **more: Any) -> pb.Product:
    given: dict[str, Any] = {"name": product_id, "active": True} | more
    return pb.Product(product_id=product_id, variants=variants or [variant(product_id)], **given)


async def put(inventory: Inventory, *products: pb.Product) -> Any:
    request = rpc.PutProductsRequest(request_id=new(), products=products)
    return await inventory.call(inventory.catalogue.PutProducts, request, HQ)


async def channels(inventory: Inventory, **listed_only: bool) -> None:
    """web and app online, stores of stores; those named sell only what is listed, or not."""
    named = {"web": False, "app": False, "stores": False} | listed_only
    given = [
        pb.Channel(channel_id=one, kind=STORES if one == "stores" else ONLINE, name=one, listed_only=flag)
        for one, flag in named.items()
    ]
    classes = [pb.TaxClass(tax_class="standard", rate_bp=500)]
    request = rpc.PutChannelsRequest(request_id=new(), channels=given, tax_classes=classes)
    await inventory.call(inventory.catalogue.PutChannels, request, HQ)


async def price(
    inventory: Inventory, price_list_id: str, amounts: dict[str, int], *removed: str, reason: str = "", **more: Any
) -> int:
    given: dict[str, Any] = {"currency_code": "TWD", "tax_included": True} | more
    listed = pb.PriceList(
        price_list_id=price_list_id,
        prices=[pb.Price(sku=sku, amount=amount) for sku, amount in amounts.items()],
        **given,
    )
    request = rpc.PutPriceListRequest(request_id=new(), price_list=listed, removed_skus=removed, reason=reason)
    reply = await inventory.call(inventory.catalogue.PutPriceList, request, HQ)
    version: int = reply.version
    return version


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        await call
    return raised.value
