"""Turns the chain's things into the contracts' messages: facts for the store door, masters for headquarters."""

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from cli.completejourney import mapping
from omo.inventory.v1 import catalogue_pb2
from omo.member.v1 import member_pb2
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import channel_pb2, quantity_pb2, trade_pb2

CHANNEL = "stores"
TAX_CLASS = "untaxed"
PRICE_LIST = "completejourney"
RULES_VERSION = "completejourney-1"
LOYALTY, COUPON_MATCH = "loyalty-card", "coupon-match"

_TENDERS = {
    mapping.TenderKind.MANUFACTURER_COUPON: trade_pb2.TENDER_KIND_MANUFACTURER_COUPON,
    mapping.TenderKind.OTHER: trade_pb2.TENDER_KIND_OTHER,
}


def sale(basket: mapping.Basket) -> facts_pb2.SaleFact:
    """One basket as the fact that a till would have sent; the same basket is always the same bytes."""
    fact = facts_pb2.SaleFact(
        sale_id=basket.sale_id,
        receipt_no=basket.basket_id,
        channel_id=CHANNEL,
        currency_code=mapping.CURRENCY,
        member_id=basket.member_id,
        rules_version=RULES_VERSION,
        external_id=basket.basket_id,
    )
    fact.business_time.FromDatetime(basket.business_time)
    for line in basket.lines:
        _add_line(fact, line)
    for tender in basket.tenders:
        reference = f"line {tender.line_no}" if tender.line_no else ""
        fact.tenders.add(kind=_TENDERS[tender.kind], amount=tender.amount, reference=reference)
    return fact


def _add_line(fact: facts_pb2.SaleFact, line: mapping.Line) -> None:
    added = fact.lines.add(
        line_no=line.line_no,
        sku=line.sku,
        quantity=line.measure or line.quantity,
        by_measure=line.measure > 0,
        list_total=line.regular,
        net_total=line.total,
        method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT,
    )
    for rule_id, amount in ((LOYALTY, line.loyalty_discount), (COUPON_MATCH, line.match_discount)):
        if amount:
            added.discounts.add(rule_id=rule_id, rule_version=RULES_VERSION, stage="line", amount=amount)


def location(store: mapping.Store) -> catalogue_pb2.Location:
    return catalogue_pb2.Location(
        location_id=store.store_id,
        kind=catalogue_pb2.LOCATION_KIND_STORE,
        name=f"Store {store.store_id}",
        groups=["completejourney"],
        time_zone=mapping.TIME_ZONE,
        active=True,
    )


def product(described: mapping.Product) -> catalogue_pb2.Product:
    unit = quantity_pb2.BASE_UNIT_MILLILITRE if described.by_measure else quantity_pb2.BASE_UNIT_PIECE
    variant = catalogue_pb2.Variant(
        sku=described.product_id,
        base_unit=unit,
        scale=described.scale,
        by_measure=described.by_measure,
        tax_class=TAX_CLASS,
        active=True,
    )
    return catalogue_pb2.Product(
        product_id=described.product_id,
        name=described.name,
        brand=described.brand,
        categories=described.categories,
        variants=[variant],
        active=True,
    )


def channel() -> catalogue_pb2.Channel:
    return catalogue_pb2.Channel(channel_id=CHANNEL, kind=channel_pb2.CHANNEL_KIND_STORE, name="Stores")


def tax_class() -> catalogue_pb2.TaxClass:
    return catalogue_pb2.TaxClass(tax_class=TAX_CLASS, rate_bp=0)


def price_list(products: Iterable[mapping.Product], start: Timestamp) -> catalogue_pb2.PriceList:
    """The list prices of some of the products; those never sold at a price have none."""
    prices = [
        catalogue_pb2.Price(sku=each.product_id, amount=each.list_price)
        for each in products
        if each.list_price is not None
    ]
    return catalogue_pb2.PriceList(
        price_list_id=PRICE_LIST,
        currency_code=mapping.CURRENCY,
        tax_included=False,
        channel_ids=[CHANNEL],
        start_time=start,
        prices=prices,
    )


def member(household: mapping.Household) -> member_pb2.Member:
    joined = Timestamp()
    joined.FromDatetime(household.since)
    card = member_pb2.Identifier(
        kind=member_pb2.IDENTIFIER_KIND_CARD,
        value=household.card_no,
        verified=True,
        verify_time=joined,
        source="import",
    )
    return member_pb2.Member(
        member_id=household.member_id,
        kind=member_pb2.MEMBER_KIND_MEMBER,
        identifiers=[card],
        enrolled_location_id=household.store_id,
        join_time=joined,
    )
