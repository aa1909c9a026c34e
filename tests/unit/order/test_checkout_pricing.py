"""Which price holds, where goods come from, and that every sum is the sum of its parts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from services.order.checkout import domain
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import (
    Basket,
    CouponUnknown,
    PickupNotOffered,
    Quote,
    UnknownSku,
    Want,
    checked,
)
from services.order.checkout.domain_pricing import Pricer
from services.order.promotions.domain import NONE, RuleBook, RulesInvalid
from services.order.reference.domain import Good, Location, PriceList, Surroundings, Variant

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
MEMBER = "0197a000-0000-7000-8000-000000000001"
LIST = PriceList("retail", "TWD", True, frozenset(), frozenset(), frozenset(), None, None, 0, 4)
AROUND = Surroundings(
    version=1,
    channels={"web": "ONLINE", "stores": "STORE"},
    locations={
        "TPE01": Location("TPE01", "STORE", "", pickup=True, ships=False, active=True),
        "WH2": Location("WH2", "WAREHOUSE", "", pickup=False, ships=True, active=True),
        "WH1": Location("WH1", "WAREHOUSE", "", pickup=False, ships=True, active=True),
        "WH0": Location("WH0", "WAREHOUSE", "", pickup=False, ships=True, active=False),
    },
    tax_rates={"standard": 500},
    price_lists=(LIST,),
    point_value=1,
    rules_version="0",
)


def good(sku: str, prices: dict[str, int] | None = None, **changed: Any) -> Good:
    variant = Variant(sku, f"P-{sku}", 7, sku.title(), 1, False, "standard")
    return Good(replace(variant, **changed), prices or {"retail": 1000})


def want(sku: str = "COAT", quantity: int = 1, method: Method | None = Method.SHIP, place: str = "") -> Want:
    return Want(sku, quantity, method, place)


def rules(*documents: dict[str, Any]) -> RuleBook:
    return RuleBook.read(json.dumps({"version": "x", "rules": documents}), "3")


def percent(points: int = 1000, **changed: Any) -> dict[str, Any]:
    effect = {"kind": "percent_off", "basis_points": points}
    return {"id": "r1", "version": "1", "stage": "order", "trigger": "auto", "effect": effect, **changed}


def quote(basket: Basket, around: Surroundings = AROUND, tier: str = "", book: RuleBook = NONE, **goods: Good) -> Quote:
    held = {"COAT": good("COAT"), "SCARF": good("SCARF", {"retail": 333})} | goods
    return Pricer(checked(basket), tier, AT, around, held, book, "TWD").quote()


def basket(*wants: Want, **changed: Any) -> Basket:
    return Basket(channel_id="web", wants=wants or (want(),), member_id=MEMBER, **changed)


def listed(name: str, priority: int = 0, **changed: Any) -> PriceList:
    return replace(LIST, price_list_id=name, priority=priority, **changed)


@pytest.mark.parametrize(
    ("lists", "tier", "amount"),
    [
        ((LIST, listed("web", channels=frozenset({"web"}))), "", 900),
        ((LIST, listed("web", channels=frozenset({"app"}))), "", 1000),
        ((LIST, listed("web", channels=frozenset({"web"}), currency="USD")), "", 1000),
        ((listed("web", channels=frozenset({"web"})), listed("gold", tiers=frozenset({"gold"}))), "gold", 800),
        ((listed("web", channels=frozenset({"web"})), listed("gold", tiers=frozenset({"gold"}))), "", 900),
        ((LIST, listed("web", priority=1)), "", 900),
        ((LIST, listed("web", priority=1, starts=AT + timedelta(seconds=1))), "", 1000),
        ((LIST, listed("web", priority=1, ends=AT)), "", 1000),
        ((LIST, listed("web", priority=1, starts=AT, ends=AT + timedelta(seconds=1))), "", 900),
    ],
)
def test_the_most_specific_list_that_applies_wins(lists: tuple[PriceList, ...], tier: str, amount: int) -> None:
    ordered = tuple(sorted(lists, key=lambda each: each.rank, reverse=True))
    coat = good("COAT", {"retail": 1000, "web": 900, "gold": 800})
    assert quote(basket(), replace(AROUND, price_lists=ordered), tier, COAT=coat).totals.grand_total == amount


def test_goods_that_nobody_sells_are_named() -> None:
    with pytest.raises(UnknownSku) as unknown:
        quote(basket(want(), want("NONSUCH")))
    assert unknown.value.metadata == {"field": "lines[1].sku", "sku": "NONSUCH"}
    for hidden in (good("COAT", active=False), good("COAT", placeholder=True), good("COAT", {"other": 1})):
        with pytest.raises(UnknownSku):
            quote(basket(), COAT=hidden)


def test_goods_ship_from_the_first_warehouse_in_code_order_unless_one_is_named() -> None:
    made = quote(basket(want(), want("SCARF", place="WH2")))
    assert [line.fulfilment_location_id for line in made.lines] == ["WH1", "WH2"]
    with pytest.raises(Fault) as refused:
        quote(basket(want(place="WH0")))
    assert refused.value.metadata["field"] == "lines[0].fulfilment_location_id"


@pytest.mark.parametrize("place", ["WH1", "NOWHERE"])
def test_nothing_is_collected_where_nothing_can_be(place: str) -> None:
    with pytest.raises(PickupNotOffered) as refused:
        quote(basket(want(method=Method.COLLECT, place=place)))
    assert refused.value.metadata["location_id"] == place


def test_a_till_s_quote_is_carried_out_of_its_store() -> None:
    made = quote(Basket("stores", (want(method=None),), location_id="TPE01"))
    assert [(line.method, line.fulfilment_location_id) for line in made.lines] == [(Method.CARRY_OUT, "TPE01")]
    with pytest.raises(Fault):
        quote(basket(want(method=None)))


def test_a_coupon_works_however_it_is_typed_and_says_why_it_gives_nothing() -> None:
    book = rules(percent(trigger="code", codes=["SPRING10"], conditions=[{"kind": "min_amount", "amount": 1500}]))
    made = quote(basket(want(), want("SCARF", 2), codes=(" spring10 ",)), book=book)
    assert made.totals.discount_total == 167
    assert {discount.rule_id for line in made.lines for discount in line.discounts} == {"r1"}
    small = quote(basket(codes=("SPRING10",)), book=book)
    assert (small.totals.discount_total, small.skipped[0].reason) == (0, "below_min_amount")
    with pytest.raises(CouponUnknown) as unknown:
        quote(basket(codes=("NOPE",)), book=book)
    assert unknown.value.metadata == {"code": "NOPE"}
    over = rules(percent(trigger="code", codes=["OLD"], scope={"until": "2026-01-01T00:00:00Z"}))
    with pytest.raises(CouponUnknown):
        quote(basket(codes=("OLD",)), book=over)


def test_a_point_is_never_split() -> None:
    around = replace(AROUND, point_value=30)
    made = quote(basket(spend_points=500), around)
    assert (made.points_spent, made.totals.points_value, made.totals.grand_total) == (33, 990, 10)
    with pytest.raises(Fault, match="no value"):
        quote(basket(spend_points=1), replace(AROUND, point_value=0))


def test_versions_are_recorded() -> None:
    made = quote(basket(), book=rules(percent()))
    assert (made.catalogue_version, made.price_list_version, made.rules_version) == (7, 4, "3")


def test_a_rule_set_that_cannot_run_is_refused_with_its_path() -> None:
    with pytest.raises(RulesInvalid) as refused:
        rules(percent(points=0))
    assert refused.value.metadata["path"] == "rules[0].effect.basis_points"
    with pytest.raises(RulesInvalid):
        RuleBook.read("{", "1")


@given(
    st.lists(st.tuples(st.sampled_from(["COAT", "SCARF"]), st.integers(1, 50)), min_size=1, max_size=6),
    st.integers(1, 10_000),
    st.integers(0, 5_000),
    st.booleans(),
)
def test_every_sum_is_the_sum_of_its_parts(
    wants: list[tuple[str, int]], points_off: int, spend: int, included: bool
) -> None:
    around = replace(AROUND, price_lists=(replace(LIST, tax_included=included),))
    asked = basket(*(want(sku, quantity) for sku, quantity in wants), spend_points=spend)
    made = quote(asked, around, book=rules(percent(points_off)))
    on_top = 0 if included else 1
    for line in made.lines:
        assert line.list_total - sum(each.amount for each in line.discounts) == line.net_total
        assert line.earn_base == line.net_total + on_top * line.tax_total - line.points_value
        assert [run.first for run in line.units] == [0, *(run.last + 1 for run in line.units[:-1])]
        assert sum(run.count for run in line.units) == line.quantity
        for total, each in (("list_total", "list_amount"), ("net_total", "net_amount"), ("tax_total", "tax_amount")):
            assert getattr(line, total) == sum(getattr(run, each) * run.count for run in line.units)
        assert line.points_value == sum(run.points_value * run.count for run in line.units)
        for place, discount in enumerate(line.discounts):
            assert discount.amount == sum(run.discounts[place] * run.count for run in line.units)
    sums = made.totals
    assert sums == domain.totals(made.lines, included)
    assert sums.grand_total == sums.list_total - sums.discount_total + on_top * sums.tax_total - sums.points_value
    assert sums.grand_total >= 0
    assert made.points_spent == sums.points_value <= spend
