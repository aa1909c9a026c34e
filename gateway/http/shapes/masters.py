"""Products, channels and price lists, as headquarters writes and reads them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    ChannelId,
    Minor,
    NextPage,
    ProductId,
    Shown,
    Sku,
    Time,
    Version,
    When,
    Whole,
    eg,
    kinds,
)
from gateway.http.shapes.lotted import Tracking
from gateway.http.shop.catalogue import ShownComponent, ShownMedia
from omo.type.v1 import quantity_pb2

Text = Annotated[str, StringConstraints(max_length=200)]
Names = Annotated[dict[str, Text], Field(max_length=20), eg({"zh-TW": "駝色大衣"}, "By BCP 47 tag.")]
Codes = Annotated[list[Text], Field(max_length=100)]


class Media(Asked):
    """A link to a picture or film; the files are kept elsewhere."""

    url: Annotated[
        str,
        StringConstraints(max_length=1_000, pattern=r"^https://"),
        eg("https://cdn.hikari.example/coat-camel/front.jpg"),
    ]
    kind: Annotated[Literal["IMAGE", "VIDEO", "MODEL", "DOCUMENT"], eg("IMAGE")] = "IMAGE"
    alt: Annotated[Names, eg({"zh-TW": "駝色大衣正面"}, "What it shows in words, by BCP 47 tag.")] = {}
    position: Annotated[Whole, Field(ge=0, le=1_000), eg(0, "Shown in this order.")] = 0
    sku: Annotated[Text, eg("", "Of this variant only; empty: of the whole product.")] = ""


class Component(Asked):
    """So many base units of a good that a kit holds."""

    sku: Sku
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1)]


class VariantIn(Asked):
    """A sellable good."""

    sku: Sku
    title: Annotated[Text, eg("M / camel")] = ""
    options: Annotated[dict[str, Text], Field(max_length=20), eg({"size": "M", "colour": "camel"})] = {}
    barcodes: Annotated[Codes, eg(["4712345678900"])] = []
    base_unit: Annotated[Literal["PIECE", "GRAM", "MILLILITRE", "MILLIMETRE"], eg("PIECE")] = "PIECE"
    scale: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1, "Base units that a price is for.")] = 1
    by_measure: Annotated[bool, eg(False)] = False
    tax_class: Annotated[Text, eg("standard")] = "standard"
    unit_cost: Annotated[Whole, Field(ge=0), eg(4200, "Minor units for `scale` base units; 0: unknown.")] = 0
    active: Annotated[bool, eg(True)] = True
    components: Annotated[list[Component], Field(max_length=50), eg([], "What a kit is made of; none: no kit.")] = []
    tracking: Annotated[list[Tracking], Field(max_length=3), eg([], "What has to be known of each unit.")] = []


class ProductIn(Asked):
    """A product with all its variants."""

    product_id: ProductId
    name: Annotated[Text, eg("Camel coat")]
    names: Names = {}
    brand: Annotated[Text, eg("Hikari")] = ""
    categories: Annotated[Codes, eg(["Women", "Coats"])] = []
    tags: Annotated[Codes, eg(["winter"])] = []
    variants: Annotated[list[VariantIn], Field(max_length=200)]
    active: Annotated[bool, eg(True)] = True
    media: Annotated[list[Media], Field(max_length=50)] = []


class PutProducts(Asked):
    """Products as they should be."""

    products: Annotated[list[ProductIn], Field(min_length=1, max_length=200)]


class ProductVersion(Shown):
    """A product's version after the write."""

    product_id: ProductId
    version: Version


class ProductVersions(Shown):
    """The versions after the write."""

    versions: list[ProductVersion]


class HqVariant(Shown):
    """A sellable good, with what shoppers are not shown."""

    sku: Sku
    title: Annotated[str, eg("M / camel")]
    options: Annotated[dict[str, str], eg({"size": "M", "colour": "camel"})]
    barcodes: Annotated[list[str], eg(["4712345678900"])]
    base_unit: Annotated[str | None, kinds(quantity_pb2.BaseUnit, "PIECE")]
    scale: Annotated[int, eg(1)]
    by_measure: Annotated[bool, eg(False)]
    tax_class: Annotated[str, eg("standard")]
    unit_cost: Minor
    active: Annotated[bool, eg(True)]
    components: Annotated[list[ShownComponent], eg([], "What a kit is made of.")]
    tracking: Annotated[list[str], eg(["LOT", "EXPIRY"], "What has to be known of each unit.")]


class HqProduct(Shown):
    """A product, with what shoppers are not shown."""

    product_id: ProductId
    name: Annotated[str, eg("Camel coat")]
    names: Annotated[dict[str, str], eg({"zh-TW": "駝色大衣"})]
    brand: Annotated[str, eg("Hikari")]
    categories: Annotated[list[str], eg(["Women", "Coats"])]
    tags: Annotated[list[str], eg(["winter"])]
    variants: list[HqVariant]
    version: Version
    active: Annotated[bool, eg(True)]
    placeholder: Annotated[bool, eg(False, "Made for a SKU that a store sold before anybody described it.")]
    media: list[ShownMedia]


class HqProductAnswer(Shown):
    """One product."""

    product: HqProduct


class HqProductPage(Shown):
    """Products in code order."""

    products: list[HqProduct]
    next_page_token: NextPage


class Channel(Asked):
    """A sales channel."""

    channel_id: ChannelId
    kind: Annotated[Literal["ONLINE", "STORE"], eg("ONLINE")]
    name: Annotated[Text, eg("Web shop")] = ""
    listed_only: Annotated[bool, eg(False, "Sells only what its assortment lists.")] = False


class TaxClass(Asked):
    """A tax class and its rate."""

    tax_class: Annotated[Text, eg("standard")]
    rate_bp: Annotated[Whole, Field(ge=0, le=10_000), eg(500, "Basis points: 500 is 5 %.")]


class PutChannels(Asked):
    """Channels and tax classes as they should be."""

    channels: Annotated[list[Channel], Field(max_length=100)] = []
    tax_classes: Annotated[list[TaxClass], Field(max_length=100)] = []


class ChannelsAnswer(Shown):
    """Every channel and tax class."""

    channels: list[Channel]
    tax_classes: list[TaxClass]


class Price(Asked):
    """The price of `scale` base units of a SKU."""

    sku: Sku
    amount: Annotated[Whole, Field(ge=0), eg(12800, "Minor units.")]


class PriceListIn(Asked):
    """A price list's head, and the prices that change; empty lists apply to all."""

    price_list_id: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("TW-2026")]
    currency_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), eg("TWD")]
    tax_included: Annotated[bool, eg(True, "Prices hold their tax, as in Taiwan.")] = True
    channel_ids: Annotated[Codes, eg([])] = []
    location_ids: Annotated[Codes, eg([])] = []
    tiers: Annotated[Codes, eg([])] = []
    start_time: When | None = None
    end_time: Annotated[When | None, eg(None)] = None
    priority: Annotated[Whole, Field(ge=0, le=1_000), eg(0)] = 0
    prices: Annotated[list[Price], Field(max_length=1_000)] = []


class PutPriceList(Asked):
    """One price list."""

    price_list: PriceListIn
    removed_skus: Annotated[list[Sku], Field(max_length=1_000), eg([], "Prices to take out of the list.")] = []
    reason: Annotated[
        str, StringConstraints(max_length=200), eg("winter prices", "Why; kept for ever, so it names no person.")
    ] = ""


class PriceListVersion(Shown):
    """The version after the write."""

    version: Version


class PriceListHead(Shown):
    """To whom and when a list of prices applies; empty lists mean all."""

    price_list_id: Annotated[str, eg("TW-2026")]
    currency_code: Annotated[str, eg("TWD")]
    tax_included: Annotated[bool, eg(True)]
    channel_ids: Annotated[list[str], eg([])]
    location_ids: Annotated[list[str], eg([])]
    tiers: Annotated[list[str], eg([])]
    start_time: Time | None
    end_time: Annotated[Time | None, eg(None)]
    priority: Annotated[int, eg(0)]
    version: Version


class PriceList(PriceListHead):
    """A price list with one page of its prices."""

    prices: list[Price]


class PriceListPage(Shown):
    """Price lists in code order."""

    price_lists: list[PriceListHead]
    next_page_token: NextPage


class PriceListAnswer(Shown):
    """One price list."""

    price_list: PriceList
    next_page_token: NextPage
