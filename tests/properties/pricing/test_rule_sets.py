"""What holds of every cart under every rule set, whatever stands in groups, bars each other or is tried in vain."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import omo_pricing as pricing
from omo_pricing import Combine, GroupMode, Stacking
from tests.properties.pricing.drawn import carts, catalogues, multibuys, rule_lists, rule_sets
from tests.unit.pricing.shop import NOW, price_by

OPENED = st.sampled_from([(), ("r0", "r1", "r2")])
INPUTS = (carts(most=3), catalogues(), rule_sets(), OPENED)


def priced_by(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, opened: tuple[str, ...]
) -> pricing.Priced:
    return price_by(rules, replace(cart, opened=opened), goods, pricing.Member("gold", known=True))


@given(*INPUTS)
def test_shares_of_units_are_the_discount_to_the_minor_unit_and_none_falls_below_zero(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, opened: tuple[str, ...]
) -> None:
    priced = priced_by(cart, goods, rules, opened)
    for line in priced.lines:
        for rule_id, amount in line.discounts.items():
            assert amount == sum(run.count * run.discounts.get(rule_id, 0) for run in line.units)
        assert line.net == sum(run.count * run.net for run in line.units)
        assert line.tax == sum(run.count * run.tax for run in line.units)
        assert line.units[-1].last + 1 == sum(run.count for run in line.units)
    for done in priced.applied:
        assert done.amount == sum(amount for _, amount in (*done.lines, *done.fees))
    assert priced.totals.discount == sum(done.amount for done in priced.applied)
    for run in (run for line in priced.lines for run in line.units):
        assert run.gross == run.net + sum(run.discounts.values())
        assert min(run.net, run.tax, run.total, run.payable, *run.discounts.values(), *run.spent.values()) >= 0
    assert all(min(fee.net, fee.tax, fee.total) >= 0 for fee in priced.fees)
    assert priced.totals.payable >= 0
    told = [done.rule_id for done in priced.applied] + [skipped.rule_id for skipped in priced.skipped]
    assert sorted(set(told)) == sorted(rule.id for rule in rules.rules)
    assert len(told) == len(rules.rules)


@given(*INPUTS, st.randoms(use_true_random=False))
def test_the_order_of_lines_rules_and_groups_does_not_matter(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, opened: tuple[str, ...], random: Random
) -> None:
    lines, shuffled, groups = list(cart.lines), list(rules.rules), list(rules.groups)
    for each in (lines, shuffled, groups):
        random.shuffle(each)
    other = replace(rules, rules=tuple(shuffled), groups=tuple(groups))
    assert priced_by(replace(cart, lines=tuple(lines)), goods, other, opened) == priced_by(cart, goods, rules, opened)


@given(*INPUTS)
def test_the_best_deal_is_no_dearer_than_either_alone(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, opened: tuple[str, ...]
) -> None:
    plain = replace(rules, stacking=None, combine=Combine.STACKING)
    best = priced_by(cart, goods, replace(plain, combine=Combine.BEST_DEAL), opened)
    for keep_sale in (True, False):
        kept = [rule for rule in rules.rules if _stays(rule, keep_sale=keep_sale)]
        alone = priced_by(cart, goods, replace(plain, rules=tuple(kept)), opened)
        net = sum(line.net for line in alone.lines) + sum(fee.net for fee in alone.fees)
        assert sum(line.net for line in best.lines) + sum(fee.net for fee in best.fees) <= net


def _stays(rule: pricing.Rule, *, keep_sale: bool) -> bool:
    if rule.stage is pricing.Stage.SHIPPING or isinstance(rule.effect, pricing.Gift | pricing.PointsMore):
        return keep_sale or rule.stage is not pricing.Stage.PRODUCT
    return (rule.stage is pricing.Stage.PRODUCT) is keep_sale


@given(*INPUTS)
def test_an_exclusive_category_stands_alone(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, opened: tuple[str, ...]
) -> None:
    bound = replace(rules, stacking=Stacking(exclusive_categories=("a",)), combine=Combine.STACKING)
    priced = priced_by(cart, goods, bound, opened)
    categories = {rule.id: rule.category for rule in rules.rules}
    given_by = {categories[done.rule_id] for done in priced.applied}
    assert not {"a", "b"} <= given_by


@given(carts(most=3), catalogues(), rule_lists(stages=("line",)))
def test_of_one_promotion_one_rule_gives_something_on_a_line_and_none_gives_more(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: list[pricing.Rule]
) -> None:
    own = [replace(rule, promotion="spring", conditions=(), stop_after=False) for rule in rules]
    priced = priced_by(cart, goods, pricing.RuleSet("1", tuple(own)), ())
    alone = [priced_by(cart, goods, pricing.RuleSet("1", (replace(rule, promotion=None),)), ()) for rule in own]
    for number, line in enumerate(priced.lines):
        assert len(line.discounts) <= 1
        assert sum(line.discounts.values()) == max(
            (sum(other.lines[number].discounts.values()) for other in alone), default=0
        )


@given(carts(), catalogues(), multibuys(), st.data())
def test_no_cart_is_cheaper_in_two_parts(
    cart: pricing.Cart, goods: pricing.Catalogue, effect: pricing.Multibuy, data: st.DataObject
) -> None:
    """Of a rule for sets that may be used without end: units are put together so that nobody gains by splitting."""
    endless = replace(effect, max_occurrence=None)
    rules = pricing.RuleSet("1", (pricing.Rule("sets", "1", pricing.Stage.LINE, endless),))
    whole = tuple(replace(line, measure=False) for line in cart.lines)
    # a price for one piece has no rounding of its own, so that parts cost what the whole costs
    single = {sku: replace(item, price=pricing.Price(item.price.amount)) for sku, item in goods.items.items()}
    counts = [data.draw(st.integers(0, line.quantity)) for line in whole]
    parts = [
        tuple(replace(line, quantity=count) for line, count in zip(whole, side, strict=True) if count)
        for side in (counts, [line.quantity - count for line, count in zip(whole, counts, strict=True)])
    ]
    together, *apart = (
        sum(line.net for line in priced_by(replace(cart, lines=lines), replace(goods, items=single), rules, ()).lines)
        for lines in (whole, *parts)
    )
    assert together <= sum(apart)


@given(carts(most=3), catalogues(), rule_sets(), st.data())
def test_a_requalified_return_never_gives_more_than_was_paid(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: pricing.RuleSet, data: st.DataObject
) -> None:
    """In any number of visits; and when all has come back, exactly what was paid for the goods."""
    bought = replace(cart, spends=(), fees=())
    sold = priced_by(bought, goods, rules, ())
    paid, before = pricing.Paid(sold.totals.total, sold.totals.tax), pricing.Paid(0)
    back = dict.fromkeys((line.line_no for line in sold.lines), 0)
    visits = data.draw(st.lists(st.sampled_from(sorted(back)), max_size=3))
    for line_no in (*visits, None):
        for each in sold.lines:
            if line_no in {each.line_no, None}:
                back[each.line_no] = 1 if each.measure else each.quantity
        kept = pricing.less(sold, bought, back)
        result = pricing.requalify(
            kept, pricing.Member("gold", known=True), goods, rules, NOW, paid=paid, refunded=before
        )
        assert 0 <= result.refund.tax <= result.refund.total
        assert before.total + result.refund.total <= paid.total
        before = pricing.Paid(before.total + result.refund.total, before.tax + result.refund.tax)
    assert before == paid


@given(carts(most=3), catalogues(), rule_lists(stages=("line",)), st.sampled_from(GroupMode))
def test_the_highest_of_a_group_is_no_dearer_than_any_other_choice(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: list[pricing.Rule], mode: GroupMode
) -> None:
    own = tuple(replace(rule, group="g") for rule in rules)

    def total(chosen: GroupMode) -> int:
        groups = (pricing.Group("g", chosen),)
        return sum(line.net for line in priced_by(cart, goods, pricing.RuleSet("1", own, groups), ()).lines)

    if mode is not GroupMode.STACKABLE:
        assert total(GroupMode.HIGHEST) <= total(mode) <= total(GroupMode.LOWEST)
