"""The catalogue over real gRPC: written whole, told whole, with codes that stay."""

from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from omo.type.v1 import channel_pb2, quantity_pb2
from tests.service.inventory.conftest import HQ, ORDER, Inventory, member, new

EAN = "4006381333931"


def variant(sku: str, **more: Any) -> pb.Variant:
    return pb.Variant(**{"sku": sku, "active": True, "unit_cost": 900, **more})


def coat(*variants: pb.Variant, **more: Any) -> pb.Product:
    given: dict[str, Any] = {
        "product_id": "COAT-CAMEL",
        "name": "駝色大衣",
        "names": {"en": "Camel coat"},
        "brand": "Hikari",
        "categories": ["Men", "Coats"],
        "tags": ["winter"],
        "active": True,
    }
    return pb.Product(**given | more, variants=variants or [variant("COAT-CAMEL-M", barcodes=[EAN, "own-1"])])


async def put(inventory: Inventory, *products: pb.Product, request_id: str = "") -> Any:
    request = rpc.PutProductsRequest(request_id=request_id or new(), products=products)
    return await inventory.call(inventory.catalogue.PutProducts, request, HQ)


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        await call
    return raised.value


async def get(inventory: Inventory, product_id: str = "COAT-CAMEL", who: Any = ORDER) -> pb.Product:
    request = rpc.GetProductRequest(product_id=product_id)
    return (await inventory.call(inventory.catalogue.GetProduct, request, who)).product  # type: ignore[no-any-return]


async def test_a_product_is_kept_and_told_whole(inventory: Inventory) -> None:
    reply = await put(inventory, coat())
    assert [(one.product_id, one.version) for one in reply.versions] == [("COAT-CAMEL", 1)]
    stored = await get(inventory)
    (told,) = await inventory.told(events.ProductChanged)
    assert told.product == stored
    assert (told.meta.aggregate_id, told.meta.sequence, told.meta.actor.id) == ("COAT-CAMEL", 1, "hq-1")
    expected = coat()
    expected.version = 1
    expected.variants[0].base_unit = quantity_pb2.BASE_UNIT_PIECE
    expected.variants[0].scale = 1
    assert stored == expected


async def test_saying_nothing_new_makes_no_version(inventory: Inventory) -> None:
    await put(inventory, coat(), request_id="same")
    assert (await put(inventory, coat(), request_id="same")).versions[0].version == 1
    assert (await put(inventory, coat())).versions[0].version == 1
    assert (await put(inventory, coat(name="Coat"))).versions[0].version == 2
    assert len(await inventory.told(events.ProductChanged)) == 2
    assert (await refused(put(inventory, coat(name="Other"), request_id="same"))).reason == "REQUEST_REUSED"


async def test_found_by_sku_and_by_barcode(inventory: Inventory) -> None:
    await put(inventory, coat())
    for code in ("COAT-CAMEL-M", EAN, "own-1"):
        reply = await inventory.call(inventory.catalogue.FindVariant, rpc.FindVariantRequest(code=code), member())
        assert (reply.product.product_id, reply.sku) == ("COAT-CAMEL", "COAT-CAMEL-M")
    missing = inventory.call(inventory.catalogue.FindVariant, rpc.FindVariantRequest(code="nothing"))
    assert (await refused(missing)).reason == "NOT_FOUND"
    assert (await refused(get(inventory, "NOPE"))).reason == "NOT_FOUND"


async def test_shoppers_are_not_told_what_goods_cost_us(inventory: Inventory) -> None:
    await put(inventory, coat())
    assert (await get(inventory)).variants[0].unit_cost == 900
    assert (await get(inventory, who=member())).variants[0].unit_cost == 0
    assert (await get(inventory, who=None)).variants[0].unit_cost == 0


async def test_a_barcode_names_one_sku(inventory: Inventory) -> None:
    await put(inventory, coat())
    other = coat(variant("COAT-GREY-M", barcodes=[EAN]), product_id="COAT-GREY")
    fault = await refused(put(inventory, other))
    assert (fault.reason, fault.metadata["barcode"], fault.metadata["sku"]) == ("BARCODE_TAKEN", EAN, "COAT-CAMEL-M")
    # in one write it may move
    reply = await put(inventory, coat(variant("COAT-CAMEL-M", barcodes=["own-1"])), other)
    assert [one.version for one in reply.versions] == [2, 1]
    found = await inventory.call(inventory.catalogue.FindVariant, rpc.FindVariantRequest(code=EAN))
    assert found.sku == "COAT-GREY-M"
    twice = coat(variant("A", barcodes=["X"]), variant("B", barcodes=["X"]), product_id="TWICE")
    assert (await refused(put(inventory, twice))).reason == "BARCODE_TAKEN"


async def test_a_mistyped_ean_is_refused(inventory: Inventory) -> None:
    fault = await refused(put(inventory, coat(variant("COAT-CAMEL-M", barcodes=["4006381333932"]))))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "products[0].variants[0].barcodes[0]")


async def test_a_sku_stays_with_its_product(inventory: Inventory) -> None:
    await put(inventory, coat())
    fault = await refused(put(inventory, coat(product_id="COAT-NEW")))
    assert (fault.reason, fault.metadata["product_id"]) == ("IMMUTABLE_CODE", "COAT-CAMEL")


async def test_a_variant_that_is_no_longer_named_is_retired(inventory: Inventory) -> None:
    await put(inventory, coat())
    await put(inventory, coat(variant("COAT-CAMEL-L", barcodes=["own-1"])))
    shown = [(one.sku, one.active, list(one.barcodes)) for one in (await get(inventory)).variants]
    assert shown == [("COAT-CAMEL-L", True, ["own-1"]), ("COAT-CAMEL-M", False, [])]


async def test_what_stock_is_counted_in_stays(inventory: Inventory) -> None:
    await put(inventory, coat())
    fault = await refused(put(inventory, coat(variant("COAT-CAMEL-M", base_unit=quantity_pb2.BASE_UNIT_GRAM))))
    assert fault.metadata["field"] == "products[0].variants[0].base_unit"


@pytest.mark.parametrize(
    ("product", "field"),
    [
        (coat(product_id=""), "products[0].product_id"),
        (coat(product_id="x" * 65), "products[0].product_id"),
        (coat(name=" "), "products[0].name"),
        (coat(variant(" x")), "products[0].variants[0].sku"),
        (coat(variant("x", scale=-1)), "products[0].variants[0].scale"),
        (coat(variant("x", unit_cost=-1)), "products[0].variants[0].unit_cost"),
        (coat(variant("x"), variant("x")), "skus"),
        (coat(*(variant(f"x{n}", title="長" * 200, options={"a": "長" * 400}) for n in range(60))), "products[0]"),
    ],
)
async def test_what_cannot_be_kept_names_its_field(inventory: Inventory, product: pb.Product, field: str) -> None:
    fault = await refused(put(inventory, product))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)


async def test_all_products_or_none(inventory: Inventory) -> None:
    await refused(put(inventory, coat(), coat(variant("OTHER"), product_id="")))
    assert (await refused(get(inventory))).reason == "NOT_FOUND"


async def test_lists_are_paged_in_code_order(inventory: Inventory) -> None:
    await put(inventory, *(coat(variant(f"S{n}"), product_id=f"P{n}", active=n % 2 == 0) for n in range(5)))
    found: list[str] = []
    token = ""
    while True:
        request = rpc.ListProductsRequest(page_size=2, page_token=token, active_only=True, category="Coats")
        reply = await inventory.call(inventory.catalogue.ListProducts, request)
        found += [one.product_id for one in reply.products]
        if not (token := reply.next_page_token):
            break
    assert found == ["P0", "P2", "P4"]
    foreign = inventory.call(inventory.catalogue.ListLocations, rpc.ListLocationsRequest(page_token="x"))
    assert (await refused(foreign)).reason == "PAGE_TOKEN_INVALID"


async def price(inventory: Inventory, prices: dict[str, int], removed: tuple[str, ...] = (), **more: Any) -> int:
    given = {"price_list_id": "retail", "currency_code": "TWD", "tax_included": True, **more}
    listed = pb.PriceList(**given, prices=[pb.Price(sku=sku, amount=amount) for sku, amount in prices.items()])
    request = rpc.PutPriceListRequest(request_id=new(), price_list=listed, removed_skus=removed)
    return (await inventory.call(inventory.catalogue.PutPriceList, request, HQ)).version  # type: ignore[no-any-return]


async def test_named_prices_change_and_the_others_stay(inventory: Inventory) -> None:
    await put(inventory, coat(*(variant(f"S{n}") for n in range(3))))
    assert await price(inventory, {"S0": 100, "S1": 200}) == 1
    assert await price(inventory, {"S1": 250, "S2": 300}, removed=("S0",)) == 2
    assert await price(inventory, {"S1": 250}) == 2
    assert await price(inventory, {}, priority=3) == 3
    request = rpc.GetPriceListRequest(price_list_id="retail")
    kept = (await inventory.call(inventory.catalogue.GetPriceList, request, ORDER)).price_list
    assert {one.sku: one.amount for one in kept.prices} == {"S1": 250, "S2": 300}
    told = await inventory.told(events.PriceListChanged)
    changed = [({one.sku: one.amount for one in each.price_list.prices}, list(each.removed_skus)) for each in told]
    assert changed == [({"S0": 100, "S1": 200}, []), ({"S1": 250, "S2": 300}, ["S0"]), ({}, [])]
    assert [each.meta.sequence for each in told] == [1, 2, 3]


async def test_a_thousand_prices_are_told_in_parts(inventory: Inventory) -> None:
    for start in range(0, 1_000, 200):
        await put(inventory, *(coat(variant(f"S{n:04}"), product_id=f"P{n:04}") for n in range(start, start + 200)))
    assert await price(inventory, {f"S{n:04}": n for n in range(1_000)}) == 2
    told = await inventory.told(events.PriceListChanged)
    assert [(each.meta.sequence, len(each.price_list.prices)) for each in told] == [(1, 500), (2, 500)]
    assert all(each.ByteSize() < 64 * 1024 for each in told)


async def test_a_price_needs_its_sku_and_its_currency(inventory: Inventory) -> None:
    assert (await refused(price(inventory, {"NOPE": 1}))).metadata["sku"] == "NOPE"
    await price(inventory, {})
    assert (await refused(price(inventory, {}, currency_code="USD"))).metadata["field"] == "price_list.currency_code"
    request = rpc.GetPriceListRequest(price_list_id="none")
    assert (await refused(inventory.call(inventory.catalogue.GetPriceList, request, ORDER))).reason == "NOT_FOUND"


async def test_places_and_channels_are_kept_and_told(inventory: Inventory) -> None:
    await inventory.put_locations("TPE01", name="台北信義")
    await inventory.put_locations("TPE01", name="台北信義")
    await inventory.put_locations("WH1", kind=pb.LOCATION_KIND_WAREHOUSE, ships=True)
    request = rpc.ListLocationsRequest(kind=pb.LOCATION_KIND_WAREHOUSE)
    (found,) = (await inventory.call(inventory.catalogue.ListLocations, request)).locations
    assert (found.location_id, found.time_zone, found.version) == ("WH1", "Asia/Taipei", 1)
    assert [one.meta.sequence for one in await inventory.told(events.LocationChanged)] == [1, 1]
    channels = rpc.PutChannelsRequest(
        request_id=new(),
        channels=[pb.Channel(channel_id="web", kind=channel_pb2.CHANNEL_KIND_ONLINE, name="Web")],
        tax_classes=[pb.TaxClass(tax_class="standard", rate_bp=500)],
    )
    await inventory.call(inventory.catalogue.PutChannels, channels, HQ)
    reply = await inventory.call(inventory.catalogue.ListChannels, rpc.ListChannelsRequest())
    assert (reply.channels[0].channel_id, reply.tax_classes[0].rate_bp) == ("web", 500)
    assert len(await inventory.told(events.ChannelChanged)) == len(await inventory.told(events.TaxClassChanged)) == 1
    nameless = inventory.put_locations("X", kind=pb.LOCATION_KIND_UNSPECIFIED)
    assert (await refused(nameless)).metadata["field"] == "locations[0].kind"


async def test_the_snapshot_holds_everything_once(inventory: Inventory) -> None:
    await inventory.put_locations(*(f"L{n}" for n in range(3)))
    await put(inventory, *(coat(variant(f"S{n:02}"), product_id=f"P{n:02}") for n in range(25)))
    await price(inventory, {f"S{n:02}": n for n in range(25)})
    await price(inventory, {"S00": 1}, price_list_id="sale")
    await price(inventory, {}, price_list_id="empty")
    token, pages = "", list[Any]()
    while not pages or token:
        request = rpc.ListReferenceDataRequest(page_size=2, page_token=token)
        pages.append(await inventory.call(inventory.catalogue.ListReferenceData, request, ORDER))
        token = pages[-1].next_page_token
    assert [one.product_id for page in pages for one in page.products] == [f"P{n:02}" for n in range(25)]
    assert [one.location_id for page in pages for one in page.locations] == ["L0", "L1", "L2"]
    listed = [(one.price_list_id, each.sku) for page in pages for one in page.price_lists for each in one.prices]
    assert sorted(listed) == [*(("retail", f"S{n:02}") for n in range(25)), ("sale", "S00")]
    assert {one.price_list_id for page in pages for one in page.price_lists} == {"retail", "sale", "empty"}
    assert {page.catalogue_version for page in pages} == {5}


async def test_only_headquarters_writes(inventory: Inventory) -> None:
    request = rpc.PutProductsRequest(request_id=new(), products=[coat()])
    call = inventory.call(inventory.catalogue.PutProducts, request, member())
    assert (await refused(call)).reason == "PERMISSION_DENIED"
