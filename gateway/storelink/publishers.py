"""Who publishes reference data, by which events, and where all of it can be read."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from gateway.storelink import numbers
from kit import access, streams
from omo.inventory.v1 import catalogue_events_pb2 as catalogue
from omo.inventory.v1 import catalogue_pb2 as catalogue_messages
from omo.inventory.v1 import catalogue_service_pb2 as catalogue_pb
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.inventory.v1 import lots_events_pb2 as lots
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import member_events_pb2 as member
from omo.order.v1 import invoice_events_pb2 as invoice_events
from omo.order.v1 import invoice_service_pb2_grpc as invoice_rpc
from omo.order.v1 import promotion_events_pb2 as promotion
from omo.order.v1 import promotion_service_pb2 as promotion_pb
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from omo.storelink.v1 import storelink_service_pb2 as pb

_PAGE = 100
_DEADLINE = 5.0

Say = Callable[[Any], pb.Reference]


@dataclass(frozen=True, slots=True)
class Publisher:
    """One owner of reference data."""

    name: str
    heard: Mapping[type[Message], Say]
    everything: Callable[[], AsyncIterator[pb.Reference]]

    @property
    def stream(self) -> str:
        """Its stream."""
        return streams.stream_name(self.name)

    @property
    def subjects(self) -> list[str]:
        """Its reference events, all partitions."""
        return [subject(each) for each in self.heard]

    def read(self, subject_: str, data: bytes) -> pb.Reference:
        """An event as tills hear it."""
        for kind, say in self.heard.items():
            if subject_.startswith(f"{kind.DESCRIPTOR.full_name}."):
                return say(kind.FromString(data))
        raise ValueError(f"no reference data: {subject_}")


def subject(kind: type[Message]) -> str:
    """All partitions of an event type."""
    return f"{kind.DESCRIPTOR.full_name}.*"


def publishers(inventory: Any, order: Any, member_: Any) -> list[Publisher]:
    """The three of them, behind these channels."""
    return [
        Publisher(
            "inventory",
            {
                catalogue.ProductChanged: lambda event: _product(event.product),
                catalogue.LocationChanged: lambda event: pb.Reference(location=event.location),
                catalogue.ChannelChanged: lambda event: pb.Reference(channel=event.channel),
                catalogue.TaxClassChanged: lambda event: pb.Reference(tax_class=event.tax_class),
                catalogue.PriceListChanged: _price_list,
                catalogue.AssortmentChanged: lambda event: pb.Reference(assortment=event.assortment),
                lots.LotChanged: lambda event: pb.Reference(lot=event.lot),
            },
            Catalogue(catalogue_rpc.CatalogueServiceStub(inventory)).everything,
        ),
        Publisher(
            "order",
            {promotion.RulesChanged: _rules, invoice_events.InvoiceBlockChanged: numbers.block},
            _one_after_the_other(
                Rules(promotion_rpc.PromotionServiceStub(order)).everything,
                numbers.Blocks(invoice_rpc.InvoiceServiceStub(order), _asked).everything,
            ),
        ),
        Publisher(
            "member",
            {member.StaffChanged: lambda event: pb.Reference(staff=event.staff)},
            StaffRoom(access_rpc.AccessServiceStub(member_)).everything,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Inventory's data, page by page."""

    stub: Any

    async def everything(self) -> AsyncIterator[pb.Reference]:
        """Channels and tax classes before what names them, products before their prices: as inventory pages them."""
        token = ""
        while True:
            asked = catalogue_pb.ListReferenceDataRequest(page_size=_PAGE, page_token=token)
            page = await _asked(self.stub.ListReferenceData, asked)
            for reference in _of_page(page):
                yield reference
            token = page.next_page_token
            if not token:
                return


@dataclass(frozen=True, slots=True)
class Rules:
    """Order's rules in force."""

    stub: Any

    async def everything(self) -> AsyncIterator[pb.Reference]:
        """One rule set."""
        yield await self.of("")

    async def of(self, version: str) -> pb.Reference:
        """The rule set of a version."""
        found = await _asked(self.stub.GetRules, promotion_pb.GetRulesRequest(version=version))
        return pb.Reference(rules=pb.Rules(version=found.version, rules_json=found.rules_json))


@dataclass(frozen=True, slots=True)
class StaffRoom:
    """Member's staff."""

    stub: Any

    async def everything(self) -> AsyncIterator[pb.Reference]:
        """Everybody, those who left too: their codes stand on sales."""
        token = ""
        while True:
            page = await _asked(self.stub.ListStaff, access_pb.ListStaffRequest(page_size=_PAGE, page_token=token))
            for staff in page.staff:
                yield pb.Reference(staff=staff)
            token = page.next_page_token
            if not token:
                return


def _one_after_the_other(
    *parts: Callable[[], AsyncIterator[pb.Reference]],
) -> Callable[[], AsyncIterator[pb.Reference]]:
    """All that one publisher has, where it has several kinds."""

    async def everything() -> AsyncIterator[pb.Reference]:
        for part in parts:
            async for reference in part():
                yield reference

    return everything


def _of_page(page: catalogue_pb.ListReferenceDataResponse) -> list[pb.Reference]:
    return [
        *(pb.Reference(channel=each) for each in page.channels),
        *(pb.Reference(tax_class=each) for each in page.tax_classes),
        *(pb.Reference(location=each) for each in page.locations),
        *(_product(each) for each in page.products),
        *(pb.Reference(price_list=pb.PriceListPart(price_list=each)) for each in page.price_lists),
        *(pb.Reference(assortment=each) for each in page.assortments),
        *(pb.Reference(lot=each) for each in page.lots),
    ]


def _product(given: catalogue_messages.Product) -> pb.Reference:
    """A product without what it costs us: a till is no place for that."""
    for variant in given.variants:
        variant.ClearField("unit_cost")
    return pb.Reference(product=given)


def _price_list(event: catalogue.PriceListChanged) -> pb.Reference:
    return pb.Reference(price_list=pb.PriceListPart(price_list=event.price_list, removed_skus=event.removed_skus))


def _rules(event: promotion.RulesChanged) -> pb.Reference:
    # without its document where that is too large for an event: whoever says it asks for it first
    return pb.Reference(rules=pb.Rules(version=event.version, rules_json=event.rules_json))


async def _asked(method: Any, request: Message) -> Any:
    """As the door itself: everybody at every till may know it."""
    with access.acting_as(access.service("storelink")):
        return await method(request, timeout=_DEADLINE)
