"""Tills and services price alike: rules come to the same as a document, as JSON and as messages."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given

import omo_pricing as pricing
from omo.order.v1 import promotion_rules_pb2 as pb
from services.order.promotions import wire_rules
from tests.properties.pricing.documents import document
from tests.properties.pricing.drawn import carts, catalogues, rule_sets
from tests.unit.pricing.shop import price_by


@given(carts(), catalogues(), rule_sets())
def test_a_cart_costs_the_same_by_document_by_json_and_by_message(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet
) -> None:
    told = document(rules)
    sent = wire_rules.fill(pb.PromotionRules(), told).SerializeToString()
    heard = wire_rules.document(pb.PromotionRules.FromString(sent))
    at_the_till, by_message = (pricing.rules.parse(each) for each in (json.loads(json.dumps(told)), heard))
    assert at_the_till == by_message == rules
    bought = replace(cart, opened=("r0", "r1"))
    price = price_by(rules, bought, goods)
    assert price_by(at_the_till, bought, goods) == price_by(by_message, bought, goods) == price
    assert pricing.Priced.from_dict(json.loads(json.dumps(price.to_dict()))) == price
