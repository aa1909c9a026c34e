"""Reference data for the door's tests, and the events that change them."""

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from kit import access, streams
from kit.errors import Code, Fault
from omo.inventory.v1 import catalogue_pb2, lots_pb2
from omo.inventory.v1 import catalogue_service_pb2 as catalogue
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.member.v1 import access_pb2
from omo.order.v1 import invoice_pb2, receipt_pb2
from omo.order.v1 import invoice_service_pb2 as invoices
from omo.order.v1 import invoice_service_pb2_grpc as invoice_rpc
from omo.order.v1 import promotion_service_pb2 as promotion
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from tests.harness.shared import NatsCorner

STREAMS = ("OMO_INVENTORY", "OMO_ORDER", "OMO_MEMBER")


@dataclass(slots=True)
class Data:
    """What the owners hold."""

    products: list[catalogue_pb2.Product] = field(default_factory=list)
    price_lists: list[catalogue_pb2.PriceList] = field(default_factory=list)
    locations: list[catalogue_pb2.Location] = field(default_factory=list)
    channels: list[catalogue_pb2.Channel] = field(default_factory=list)
    tax_classes: list[catalogue_pb2.TaxClass] = field(default_factory=list)
    assortments: list[catalogue_pb2.Assortment] = field(default_factory=list)
    lots: list[lots_pb2.Lot] = field(default_factory=list)
    staff: list[access_pb2.Staff] = field(default_factory=list)
    blocks: list[invoice_pb2.InvoiceBlock] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=lambda: {"1": '{"version": "1", "rules": []}'})
    reads: int = 0
    refused: int = 0
    away: bool = False


class Catalogue(catalogue_rpc.CatalogueServiceServicer):
    """Pages of two products."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def ListReferenceData(self, request: Any, context: Any) -> catalogue.ListReferenceDataResponse:
        if self._data.away:
            self._data.refused += 1
            raise Fault("away", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
        self._data.reads += not request.page_token
        begin = int(request.page_token or 0)
        page = catalogue.ListReferenceDataResponse(products=self._data.products[begin : begin + 2])
        if begin == 0:
            page.locations.extend(self._data.locations)
            page.channels.extend(self._data.channels)
            page.tax_classes.extend(self._data.tax_classes)
            page.price_lists.extend(self._data.price_lists)
        if begin + 2 < len(self._data.products):
            page.next_page_token = str(begin + 2)
        else:
            page.assortments.extend(self._data.assortments)
            page.lots.extend(self._data.lots)
        return page


class Rules(promotion_rpc.PromotionServiceServicer):
    """Any version that there is."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def GetRules(self, request: Any, context: Any) -> promotion.GetRulesResponse:
        version = request.version or max(self._data.rules)
        return promotion.GetRulesResponse(version=version, rules_json=self._data.rules[version])


class Invoices(invoice_rpc.InvoiceServiceServicer):
    """Whatever numbers are given out, and one receipt."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def ListBlocks(self, request: Any, context: Any) -> invoices.ListBlocksResponse:
        return invoices.ListBlocksResponse(blocks=self._data.blocks)

    async def GetReceipt(self, request: Any, context: Any) -> invoices.GetReceiptResponse:
        return invoices.GetReceiptResponse(receipt=receipt_pb2.Receipt(code=request.code))

    async def SpoilNumbers(self, request: Any, context: Any) -> invoices.SpoilNumbersResponse:
        """As it was told, by whom it was told."""
        told = (invoice_pb2.InvoiceSpoiled(number=one, reason=request.reason, period=request.period,
                                           told_by=access.current().actor.id) for one in request.numbers)  # fmt: skip
        return invoices.SpoilNumbersResponse(spoiled=told)


def product(sku: str, version: int = 1, name: str = "Coat") -> catalogue_pb2.Product:
    """A product of one variant."""
    variant = catalogue_pb2.Variant(sku=sku, tax_class="standard", scale=1, active=True, barcodes=[f"bar-{sku}"])
    return catalogue_pb2.Product(product_id=f"P-{sku}", name=name, variants=[variant], version=version, active=True)


async def make_streams(nats: NatsCorner) -> None:
    """The three publishers' streams, as they make them."""
    for stream in STREAMS:
        await streams.ensure_stream(nats.jetstream, stream, max_bytes=16 * 1024 * 1024)


async def publish(nats: NatsCorner, event: Message, aggregate_id: str = "a") -> int:
    """One event as a relay publishes it; answers its place in the stream."""
    subject = streams.subject(event.DESCRIPTOR.full_name, aggregate_id)
    return (await nats.jetstream.publish(subject, event.SerializeToString())).seq
