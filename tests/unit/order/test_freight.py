"""What bringing goods costs: which fee holds, and which fees are refused, by field and rule."""

from dataclasses import replace
from typing import Any

import pytest

from kit.errors import Fault
from services.order.freight.domain import MAX_FEE, Basis, Brand, Rule, Step, Terms, Way, checked

BRAND = Brand(("express", "standard"), frozenset({"app", "web"}), frozenset({"standard"}))
HOME = Rule("home", Way.DELIVERY, Basis.AMOUNT, (Step(0, 80), Step(1000, 40), Step(1500, 0)), ("standard",))
FAST = Rule("fast", Way.DELIVERY, Basis.FLAT, (Step(0, 150),), ("express",))
STORE = Rule("store", Way.SHIP_TO_STORE, Basis.QUANTITY, (Step(1, 30), Step(5, 60)), channels=("web",))
TERMS = Terms(1, (HOME, FAST, STORE), "standard")


def changed(place: int, **new: Any) -> Terms:
    rules = list(TERMS.rules)
    rules[place] = replace(rules[place], **new)
    return replace(TERMS, rules=tuple(rules))


def test_fees_of_who_sells_taxed_goods_name_their_tax_class() -> None:
    taxed, untaxed = replace(BRAND, taxed=True), replace(TERMS, tax_class="")
    assert checked(TERMS, taxed) is TERMS
    assert checked(untaxed, BRAND) is untaxed, "nothing is taxed there"
    assert checked(Terms(), taxed) == Terms(), "and who asks for nothing owes no tax"
    with pytest.raises(Fault) as refused:
        checked(untaxed, taxed)
    assert refused.value.metadata["field"] == "fees.tax_class"


def test_each_way_method_and_channel_has_its_own_fee() -> None:
    assert checked(TERMS, BRAND) is TERMS
    assert TERMS.rule(Way.DELIVERY, "standard", "app") is HOME
    assert TERMS.rule(Way.DELIVERY, "express", "web") is FAST
    assert TERMS.rule(Way.SHIP_TO_STORE, "express", "web") is STORE
    assert TERMS.rule(Way.SHIP_TO_STORE, "express", "app") is None
    assert Terms().rule(Way.DELIVERY, "standard", "web") is None


@pytest.mark.parametrize(
    ("rule", "amount", "quantity", "fee"),
    [
        (HOME, 0, 1, 80), (HOME, 999, 9, 80), (HOME, 1000, 1, 40), (HOME, 1499, 1, 40), (HOME, 1500, 1, 0),
        (FAST, 10**9, 1, 150), (STORE, 0, 1, 30), (STORE, 0, 4, 30), (STORE, 0, 5, 60), (STORE, 0, 10**6, 60),
    ],
)  # fmt: skip
def test_the_last_step_that_is_reached_holds(rule: Rule, amount: int, quantity: int, fee: int) -> None:
    assert rule.fee(amount, quantity) == fee


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        (changed(0, steps=(Step(0, -1),)), "fees.rules[0].steps[0].amount", f"must be 0 to {MAX_FEE}"),
        (changed(1, steps=(Step(0, MAX_FEE + 1),)), "fees.rules[1].steps[0].amount", f"must be 0 to {MAX_FEE}"),
        (changed(1, steps=(Step(5, 9),)), "fees.rules[1].steps[0].at_least", "must be 0"),
        (changed(2, steps=(Step(0, 9),)), "fees.rules[2].steps[0].at_least", "must be 1"),
        (changed(1, steps=(Step(0, 9), Step(5, 9))), "fees.rules[1].steps", "must hold one"),
        (changed(0, steps=()), "fees.rules[0].steps", "must hold 1 to 20"),
        (changed(0, steps=(Step(0, 9), Step(0, 8))), "fees.rules[0].steps[1].at_least", "more than the step before"),
        (changed(0, steps=(Step(0, 9), Step(10**13, 8))), "fees.rules[0].steps[1].at_least", "must be at most"),
        (changed(0, steps=(Step(0, 9), Step(5, 9))), "fees.rules[0].steps[1].amount", "must be less than before"),
        (changed(2, steps=(Step(1, 9), Step(5, 8))), "fees.rules[2].steps[1].amount", "must be more than before"),
        (changed(0, fee_id=""), "fees.rules[0].fee_id", "1 to 64"),
        (changed(1, fee_id="home"), "fees.rules[1].fee_id", "must not be that of rules[0]"),
        (changed(1, methods=()), "fees.rules[1]", "must not be for what rules[0] is for"),
        (changed(1, methods=("standard",), channels=("web",)), "fees.rules[1]", "must not be for what rules[0] is for"),
        (changed(0, methods=("drone",)), "fees.rules[0].shipping_methods[0]", "must be one of the brand's methods"),
        (changed(0, methods=("standard", "standard")), "fees.rules[0].shipping_methods", "each once"),
        (changed(0, channels=("stores",)), "fees.rules[0].channels[0]", "must be one of the brand's online channels"),
        (replace(TERMS, tax_class="luxury"), "fees.tax_class", "must be a tax class of the brand, or empty"),
        (replace(TERMS, rules=(HOME,) * 101), "fees.rules", "must hold at most 100"),
    ],
)
def test_fees_that_make_no_sense_or_contradict_are_refused_by_field(terms: Terms, field: str, rule: str) -> None:
    with pytest.raises(Fault) as refused:
        checked(terms, BRAND)
    assert refused.value.metadata["field"] == field
    assert rule in refused.value.metadata["rule"]
