"""The fee for bringing goods goes through the one engine: rules take off it, it is never below nothing, sums add up."""

from dataclasses import replace
from typing import Any

import pytest

from services.order.checkout import domain_placing
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import QuoteMismatch, Want
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_freight import Taken
from services.order.checkout.domain_placing import Placing
from services.order.checkout.domain_spends import Kind, Use
from services.order.freight.domain import Basis, Rule, Step, Terms, Way
from tests.unit.order.pricing_shop import AROUND, AT, basket, percent, quote, rules, want

HOME = Rule("home", Way.DELIVERY, Basis.AMOUNT, (Step(0, 80), Step(1000, 0)), ("standard",))
FAST = Rule("fast", Way.DELIVERY, Basis.FLAT, (Step(0, 150),), ("express",))
STORE = Rule("store", Way.SHIP_TO_STORE, Basis.QUANTITY, (Step(1, 30), Step(3, 60)))
CHARGING = replace(AROUND, freight=Terms(3, (HOME, FAST, STORE), "standard"))
EXPRESS, TO_STORE = Delivery("express"), Delivery(collect_location_id="TPE01")
COLLECT: dict[str, Any] = {"method": Method.COLLECT, "place": "TPE01"}


def give(kind: str, value: int) -> dict[str, Any]:
    return {"kind": kind, "basis_points" if kind == "percent_off" else "amount": value}


def off(kind: str, value: int, *methods: str, **changed: Any) -> dict[str, Any]:
    effect = {"kind": "shipping_off", "give": give(kind, value), "methods": list(methods)}
    return {"id": "ship", "version": "2", "stage": "shipping", "trigger": "auto", "effect": effect, **changed}


def test_nobody_who_put_no_fee_sees_any() -> None:
    made = quote(basket(want("SCARF"), delivery=EXPRESS))
    assert (made.freight, made.route, made.totals.shipping_total, made.totals.grand_total) == (None, None, 0, 333)


@pytest.mark.parametrize(
    ("wants", "delivery", "fee"),
    [
        ((want("SCARF"),), None, 80),
        ((want("SCARF", 3),), None, 80),
        ((want("SCARF", 4),), None, 0),
        ((want("COAT"),), None, 0),
        ((want("SCARF"), want("COAT", **COLLECT)), None, 80),
        ((want("COAT", **COLLECT),), None, None),
        ((want("COAT"),), EXPRESS, 150),
        ((want("COAT", 2),), TO_STORE, 30),
        ((want("COAT", 2), want("SCARF")), TO_STORE, 60),
        ((want("COAT", 2), want("SCARF", **COLLECT)), TO_STORE, 30),
    ],
)
def test_the_way_the_goods_and_how_many_say_what_it_costs(
    wants: tuple[Want, ...], delivery: Delivery | None, fee: int | None
) -> None:
    made = quote(basket(*wants, delivery=delivery), CHARGING)
    assert (made.freight.total if made.freight else None) == fee
    goods = sum(line.net_total for line in made.lines)
    assert made.totals.grand_total == made.due == goods + (fee or 0)
    if made.freight:
        assert [wants[number - 1].method for number in made.freight.line_nos] == [Method.SHIP] * len(
            made.freight.line_nos
        )


def test_a_threshold_asks_what_the_goods_come_to_after_discounts() -> None:
    made = quote(basket(want()), CHARGING, book=rules(percent(100)))
    assert (made.totals.grand_total, made.totals.shipping_total) == (990 + 80, 80)


@pytest.mark.parametrize(
    ("rule", "delivery", "net"),
    [
        (off("percent_off", 10_000), EXPRESS, 0),
        (off("percent_off", 3_300), EXPRESS, 100),
        (off("amount_off", 20), EXPRESS, 130),
        (off("amount_off", 999), EXPRESS, 0),
        (off("fixed_price", 60), EXPRESS, 60),
        (off("percent_off", 10_000, conditions=[{"kind": "min_amount", "amount": 2000}]), EXPRESS, 150),
        (off("percent_off", 10_000, "ship_to_store"), EXPRESS, 150),
        (off("percent_off", 10_000, "ship_to_store"), TO_STORE, 0),
    ],
)
def test_rules_take_off_the_fee_with_their_reason(rule: dict[str, Any], delivery: Delivery, net: int) -> None:
    made = quote(basket(want(), delivery=delivery), CHARGING, book=rules(rule))
    assert made.freight is not None
    gone = made.freight.list_total - net
    assert (made.freight.net_total, made.freight.total) == (net, net)
    assert made.freight.discounts == ((Taken("ship", "2", gone),) if gone else ())
    assert made.totals.grand_total == 1000 + net
    if rule.get("conditions"):
        assert [(told.rule_id, told.reason) for told in made.skipped] == [("ship", "below_min_amount")]


def test_the_fee_is_taxed_as_its_class_says_and_points_pay_goods_only() -> None:
    made = quote(basket(want(), delivery=EXPRESS, spend_points=5000), CHARGING)
    assert made.freight is not None
    assert (made.freight.tax_total, made.freight.rate_bp, made.points_spent, made.due) == (7, 500, 1000, 150)
    lists = tuple(replace(each, tax_included=False) for each in AROUND.price_lists)
    on_top = quote(basket(want(), delivery=EXPRESS), replace(CHARGING, price_lists=lists))
    assert on_top.freight is not None
    assert (on_top.freight.net_total, on_top.freight.tax_total, on_top.freight.total) == (150, 8, 158)
    assert (on_top.totals.tax_total, on_top.totals.grand_total) == (50, 1000 + 50 + 158)


def test_a_class_that_nobody_knows_is_no_freedom_from_tax() -> None:
    with pytest.raises(KeyError):
        quote(basket(want(), delivery=EXPRESS), replace(CHARGING, tax_rates={}))


def test_value_pays_for_the_way_too() -> None:
    card = Use(Kind.GIFT_CARD, "card", amount=5000)
    made = quote(basket(want(), delivery=EXPRESS, spends=(card,)), CHARGING)
    assert ([use.pays for use in made.spends], made.due) == ([1150], 0)


def test_a_till_and_what_goes_along_pay_for_no_way() -> None:
    assert quote(basket(want("SCARF"), along="0197a000-0000-7000-8000-0000000000bb"), CHARGING).freight is None
    till = replace(basket(want("SCARF")), channel_id="stores", location_id="TPE01")
    assert quote(till, CHARGING).freight is None
    named = replace(basket(want("SCARF")), location_id="TPE01")
    assert quote(named, CHARGING).freight is not None, "nobody gets round it by naming a store"


def test_an_order_goes_the_way_that_was_quoted() -> None:
    def taken(quoted: Delivery | None, delivery: Delivery | None) -> Any:
        made = quote(basket(want(), delivery=quoted), CHARGING)
        bare = replace(basket(want()), wants=())
        wish = Placing(bare, "0197a000-0000-7000-8000-0000000000aa", "simulator", "tok", "", delivery=delivery)
        return domain_placing.taken(wish, made, AT.replace(year=2100), AT)

    for same in (None, EXPRESS, TO_STORE):
        assert taken(same, same)
    assert taken(None, Delivery())
    for quoted, delivery, field in (
        (None, EXPRESS, "delivery.shipping_method"),
        (EXPRESS, None, "delivery.shipping_method"),
        (None, TO_STORE, "delivery.collect_location_id"),
        (TO_STORE, None, "delivery.collect_location_id"),
    ):
        with pytest.raises(QuoteMismatch) as refused:
            taken(quoted, delivery)
        assert refused.value.metadata["field"] == field
