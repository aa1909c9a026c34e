"""A small brand to price and order from, as its events tell of it."""

import uuid
from typing import Any

from kit.postgres import Database
from omo.inventory.v1 import catalogue_events_pb2 as catalogue
from omo.inventory.v1 import catalogue_pb2
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import channel_pb2, trade_pb2
from services.order.reference import reactions

MEMBER = "0197a000-0000-7000-8000-000000000001"
OTHER = "0197a000-0000-7000-8000-000000000002"
COLLECT, SHIP = trade_pb2.FULFILMENT_METHOD_COLLECT, trade_pb2.FULFILMENT_METHOD_SHIP


def line(sku: str = "COAT", quantity: int = 1, **changed: Any) -> pb.BasketLine:
    given = {"method": COLLECT, "fulfilment_location_id": "TPE01", **changed}
    return pb.BasketLine(sku=sku, quantity=quantity, **given)


def wish(**changed: Any) -> pb.PlaceOrderRequest:
    """A wish to order one coat, paid at once."""
    instrument = changed.pop("instrument", "sim_ok")
    given = {
        "request_id": str(uuid.uuid4()),
        "member_id": MEMBER,
        "channel_id": "web",
        "lines": [line()],
        "payment": pb.PaymentChoice(provider="simulator", instrument_token=instrument, return_url=""),
        **changed,
    }
    return pb.PlaceOrderRequest(**given)


async def seed(db: Database) -> None:
    """A small brand: two goods, a tier price, one store to collect at, one warehouse."""
    async with db.transaction() as tx:
        await reactions.on_product_changed(tx, [product("COAT", 7), product("SCARF", 3), product("WOOL", 5, True)])
        listed = catalogue.PriceListChanged(
            price_list=catalogue_pb2.PriceList(
                price_list_id="retail",
                currency_code="TWD",
                tax_included=True,
                prices=[price("COAT", 3000), price("SCARF", 990), price("WOOL", 450)],
            )
        )
        listed.meta.sequence = 4
        gold = catalogue.PriceListChanged(
            price_list=catalogue_pb2.PriceList(
                price_list_id="gold", currency_code="TWD", tax_included=True, tiers=["gold"],
                prices=[price("SCARF", 900)],
            )
        )  # fmt: skip
        gold.meta.sequence = 9
        await reactions.on_price_list_changed(tx, [listed, gold])
        for code, kind in (("web", channel_pb2.CHANNEL_KIND_ONLINE), ("stores", channel_pb2.CHANNEL_KIND_STORE)):
            channel = catalogue.ChannelChanged(channel=catalogue_pb2.Channel(channel_id=code, kind=kind))
            channel.meta.sequence = 1
            await reactions.on_channel_changed(tx, channel)
        for place in places():
            changed = catalogue.LocationChanged(location=place)
            changed.meta.sequence = 1
            await reactions.on_location_changed(tx, changed)
        tax = catalogue.TaxClassChanged(tax_class=catalogue_pb2.TaxClass(tax_class="standard", rate_bp=500))
        tax.meta.sequence = 1
        await reactions.on_tax_class_changed(tx, tax)
        program = members.ProgramChanged()
        program.program.point_value = 1
        program.meta.sequence = 1
        await reactions.on_program_changed(tx, program)


def product(sku: str, version: int, by_measure: bool = False) -> catalogue.ProductChanged:
    variant = catalogue_pb2.Variant(
        sku=sku, tax_class="standard", active=True, scale=100 if by_measure else 1, by_measure=by_measure
    )
    given = catalogue_pb2.Product(
        product_id=f"P-{sku}", name=sku.title(), brand="Hikari", categories=["Men"], variants=[variant], active=True
    )
    event = catalogue.ProductChanged(product=given)
    event.meta.sequence = version
    return event


def priced(sku: str, amount: int, sequence: int) -> catalogue.PriceListChanged:
    """A change of one price in the list that everybody pays."""
    head = catalogue_pb2.PriceList(price_list_id="retail", currency_code="TWD", tax_included=True)
    head.prices.append(price(sku, amount))
    event = catalogue.PriceListChanged(price_list=head)
    event.meta.aggregate_id, event.meta.sequence = "retail", sequence
    return event


def price(sku: str, amount: int) -> catalogue_pb2.Price:
    return catalogue_pb2.Price(sku=sku, amount=amount)


def places() -> list[catalogue_pb2.Location]:
    store, warehouse = catalogue_pb2.LOCATION_KIND_STORE, catalogue_pb2.LOCATION_KIND_WAREHOUSE
    return [
        catalogue_pb2.Location(location_id="TPE01", kind=store, pickup=True, active=True),
        catalogue_pb2.Location(location_id="TPE02", kind=store, pickup=False, active=True),
        catalogue_pb2.Location(location_id="WH1", kind=warehouse, ships=True, active=True),
    ]
