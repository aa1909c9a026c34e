"""What shoppers can see of the range: products and stores."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.ahead import ShownPreorder
from gateway.http.shapes.fields import LocationId, NextPage, PageSize, PageToken, ProductId, Shown, Sku, eg, kinds
from gateway.http.shop.preorders import Channel, Remembered
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import catalogue_service_pb2 as pb
from omo.type.v1 import quantity_pb2

router = APIRouter(route_class=Door, tags=["Catalogue"])

_OFFERS = Remembered()
ProductPath = Annotated[str, Path(min_length=1, max_length=64, examples=["COAT-CAMEL"])]


class ShownMedia(Shown):
    """A link to a picture or film."""

    url: Annotated[str, eg("https://cdn.hikari.example/coat-camel/front.jpg")]
    kind: Annotated[str | None, kinds(catalogue_pb2.MediaKind, "IMAGE")]
    alt: Annotated[dict[str, str], eg({"zh-TW": "駝色大衣正面"}, "What it shows in words, by BCP 47 tag.")]
    position: Annotated[int, eg(0)]
    sku: Annotated[str | None, eg(None, "Of this variant only; null: of the whole product.")]


class ShownComponent(Shown):
    """So many base units of a good that a kit holds."""

    sku: Sku
    quantity: Annotated[int, eg(1)]


class Variant(Shown):
    """A sellable good. What it costs is in a quote: a price depends on who asks, where and when."""

    sku: Sku
    title: Annotated[str, eg("M / camel")]
    options: Annotated[dict[str, str], eg({"size": "M", "colour": "camel"})]
    barcodes: Annotated[list[str], eg(["4712345678900"])]
    base_unit: Annotated[str | None, kinds(quantity_pb2.BaseUnit, "PIECE")]
    scale: Annotated[int, eg(1, "Base units that a price is for.")]
    by_measure: Annotated[bool, eg(False)]
    active: Annotated[bool, eg(True)]
    components: Annotated[list[ShownComponent], eg([], "What a kit is made of; none: no kit.")]


class Product(Shown):
    """What shoppers think of as one thing."""

    product_id: ProductId
    name: Annotated[str, eg("Camel coat")]
    names: Annotated[dict[str, str], eg({"zh-TW": "駝色大衣"})]
    brand: Annotated[str, eg("Hikari")]
    categories: Annotated[list[str], eg(["Women", "Coats"])]
    tags: Annotated[list[str], eg(["winter"])]
    variants: list[Variant]
    media: list[ShownMedia]


class ProductAnswer(Shown):
    """One product, and what of it is sold before it is there."""

    product: Product
    preorders: list[ShownPreorder]


class ProductPage(Shown):
    """Products in code order."""

    products: list[Product]
    next_page_token: NextPage


class Store(Shown):
    """A store."""

    location_id: LocationId
    kind: Annotated[str | None, kinds(catalogue_pb2.LocationKind, "STORE")]
    name: Annotated[str, eg("Taipei Xinyi")]
    names: Annotated[dict[str, str], eg({"zh-TW": "台北信義"})]
    address: Annotated[str, eg("台北市信義區松高路 11 號")]
    time_zone: Annotated[str, eg("Asia/Taipei")]
    pickup: Annotated[bool, eg(True, "Orders can be collected here.")]
    active: Annotated[bool, eg(True)]


class StorePage(Shown):
    """Stores in code order."""

    locations: list[Store]
    next_page_token: NextPage


@router.get("/v1/products", operation_id="list_products", response_model=ProductPage)
async def list_products(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    category: Annotated[str, Query(max_length=200, examples=["Coats"], description="At any depth.")] = "",
) -> Response:
    """Active products in code order."""
    request = pb.ListProductsRequest(page_size=page_size, page_token=page_token, active_only=True, category=category)
    reply = await ask(ask.to.catalogue.ListProducts, request)
    return asking.page(Product, "products", reply.products, reply.next_page_token)


@router.get("/v1/products/{product_id}", operation_id="get_product", response_model=ProductAnswer)
async def get_product(product_id: ProductPath, ask: Asking, channel_id: Channel = "web") -> Response:
    """One product with its variants, and what of them is sold before it is there."""
    reply = await ask(ask.to.catalogue.GetProduct, pb.GetProductRequest(product_id=product_id))
    offers = await _OFFERS.of(ask, channel_id, [one.sku for one in reply.product.variants])
    return asking.encoded({"product": translation.show(Product, reply.product), "preorders": offers})


@router.get("/v1/stores", operation_id="list_stores", response_model=StorePage)
async def list_stores(ask: Asking, page_size: PageSize = 100, page_token: PageToken = "") -> Response:
    """The brand's stores."""
    kind = catalogue_pb2.LOCATION_KIND_STORE
    return await _places(ask, pb.ListLocationsRequest(page_size=page_size, page_token=page_token, kind=kind))


@router.get("/v1/drop-points", operation_id="list_drop_points", response_model=StorePage)
async def list_drop_points(ask: Asking, page_size: PageSize = 100, page_token: PageToken = "") -> Response:
    """Partners' counters and lockers that take goods back: `location_id` of a return."""
    kind = catalogue_pb2.LOCATION_KIND_DROP_POINT
    return await _places(ask, pb.ListLocationsRequest(page_size=page_size, page_token=page_token, kind=kind))


async def _places(ask: Asking, request: pb.ListLocationsRequest) -> Response:
    reply = await ask(ask.to.catalogue.ListLocations, request)
    return asking.page(Store, "locations", reply.locations, reply.next_page_token)
