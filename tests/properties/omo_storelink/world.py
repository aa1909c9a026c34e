"""A brand's reference data as its owners announce it, drawn at random: told to the till and to the server alike."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2 as link
from omo_storelink import Reference
from services.order.promotions.domain import RuleBook
from services.order.reference import wire
from services.order.reference.domain import Good, Surroundings

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
SKUS = ("COAT", "SCARF", "TEA", "SOCKS")
LISTS = ("store", "gold", "old")
CURSOR = link.ReferenceCursor(publisher="inventory", stream_epoch="e", sequence=1)


@dataclass(frozen=True)
class World:
    """Events in the order in which they were published, and the rules in force."""

    products: list[events.ProductChanged]
    price_lists: list[events.PriceListChanged]
    tax_classes: dict[str, int]
    rules: dict[str, Any]

    def till(self) -> Reference:
        """What a till makes of it."""
        reference = Reference.open(":memory:")
        for code, rate in self.tax_classes.items():
            tax = pb.TaxClass(tax_class=code, rate_bp=rate)
            reference.take(link.Reference(cursor=CURSOR, tax_class=tax))
        for product in self.products:
            reference.take(link.Reference(cursor=CURSOR, product=product.product))
        for listed in self.price_lists:
            part = link.PriceListPart(price_list=listed.price_list, removed_skus=listed.removed_skus)
            reference.take(link.Reference(cursor=CURSOR, price_list=part))
        rules = link.Rules(version="7", rules_json=json.dumps(self.rules))
        reference.take(link.Reference(cursor=link.ReferenceCursor(publisher="order"), rules=rules))
        return reference

    def server(self) -> tuple[Surroundings, dict[str, Good], RuleBook]:
        """What order's own copies make of it."""
        prices: dict[str, dict[str, int]] = {}
        for sku, listed, amount, _ in wire.prices(self.price_lists):
            if amount is not None:
                prices.setdefault(sku, {})[listed] = amount
        variants = [variant for event in wire.newest(self.products) for variant in wire.variants(event)]
        goods = {variant.sku: Good(variant, prices.get(variant.sku, {})) for variant in variants}
        newest = {event.price_list.price_list_id: wire.price_list(event) for event in self.price_lists}
        lists = tuple(sorted(newest.values(), key=lambda each: each.rank, reverse=True))
        around = Surroundings(1, {"stores": "STORE"}, {}, self.tax_classes, lists, 0, "7")
        return around, goods, RuleBook.read(json.dumps(self.rules), "7")


def _product(sku: str, version: int, draw: Any) -> events.ProductChanged:
    variant = pb.Variant(
        sku=sku,
        tax_class=draw(st.sampled_from(["standard", "zero", "unknown"])),
        scale=1000 if sku == "TEA" else 1,
        by_measure=sku == "TEA",
        active=draw(st.integers(0, 9)) > 0,
        barcodes=[f"bar-{sku}"],
    )
    made = events.ProductChanged(
        product=pb.Product(
            product_id=f"P-{sku}",
            name=sku,
            brand=draw(st.sampled_from(["hikari", "other"])),
            categories=draw(st.sampled_from([["Men"], ["Men", "Coats"], []])),
            tags=draw(st.sampled_from([["outlet"], []])),
            variants=[variant],
            version=version,
            active=True,
        )
    )
    made.meta.sequence = version
    return made


def _price_list(name: str, version: int, draw: Any) -> events.PriceListChanged:
    listed = pb.PriceList(
        price_list_id=name,
        currency_code=draw(st.sampled_from(["TWD", "TWD", "TWD", "USD"])),
        tax_included=draw(st.sampled_from([True, True, False])),
        location_ids=draw(st.sampled_from([[], ["TPE01"], ["TPE02"]])),
        channel_ids=draw(st.sampled_from([[], ["stores"], ["web"]])),
        tiers=draw(st.sampled_from([[], ["gold"]])),
        priority=draw(st.integers(0, 2)),
        version=version,
    )
    if draw(st.booleans()):
        listed.start_time.FromDatetime(AT + timedelta(days=draw(st.sampled_from([-1, 0, 1]))))
    if draw(st.booleans()):
        listed.end_time.FromDatetime(AT + timedelta(days=draw(st.sampled_from([-1, 0, 1]))))
    removed = draw(st.lists(st.sampled_from(SKUS), max_size=1))
    for sku in SKUS:
        if sku not in removed and draw(st.integers(0, 3)):
            listed.prices.add(sku=sku, amount=draw(st.integers(0, 9_999)))
    made = events.PriceListChanged(price_list=listed, removed_skus=removed)
    made.meta.sequence = version
    return made


def _everywhere(draw: Any) -> events.PriceListChanged:
    listed = pb.PriceList(price_list_id="retail", currency_code="TWD", tax_included=draw(st.booleans()), version=1)
    for sku in SKUS:
        listed.prices.add(sku=sku, amount=draw(st.integers(0, 9_999)))
    made = events.PriceListChanged(price_list=listed)
    made.meta.sequence = 1
    return made


def _rule(number: int, draw: Any) -> dict[str, Any]:
    effect: dict[str, Any] = {"kind": "percent_off", "basis_points": draw(st.integers(1, 5000))}
    if draw(st.booleans()):
        effect = {"kind": "amount_off", "amount": draw(st.integers(1, 500))}
    made: dict[str, Any] = {
        "id": f"r{number}",
        "version": str(draw(st.integers(1, 3))),
        "stage": draw(st.sampled_from(["product", "line", "order"])),
        "trigger": "auto",
        "effect": effect,
    }
    if draw(st.integers(0, 2)) == 0:
        made |= {"trigger": "code", "codes": ["Spring"]}
    if draw(st.booleans()):
        made["scope"] = {"tiers": ["gold"], "exclude": {"tags": ["outlet"]}}
    return made


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Several versions of everything, and sometimes an old one that comes late."""
    products = [_product(sku, version, draw) for sku in SKUS for version in range(1, draw(st.integers(1, 2)) + 1)]
    lists = [_everywhere(draw)]
    lists += [_price_list(name, version, draw) for name in LISTS for version in range(2, draw(st.integers(2, 4)))]
    rules = {"version": "x", "rules": [_rule(number, draw) for number in range(draw(st.integers(1, 3)))]}
    return World(products, lists, {"standard": 500, "zero": 0}, rules)
