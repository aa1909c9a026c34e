"""What holds of every cart, whatever the rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import omo_pricing as pricing
from tests.properties.pricing.drawn import carts, catalogues, rule_lists
from tests.unit.pricing.shop import price

MEMBERS = st.sampled_from([pricing.Member(), pricing.Member("gold"), pricing.Member("silver")])
INPUTS = (carts(), catalogues(), rule_lists(), MEMBERS)
Rules = list[pricing.Rule]


@given(*INPUTS)
def test_units_add_up_to_their_line_exactly(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    for line in price(cart, goods, *rules, member=member).lines:
        assert line.gross == sum(run.count * run.gross for run in line.units)
        assert line.net == sum(run.count * run.net for run in line.units)
        assert line.tax == sum(run.count * run.tax for run in line.units)
        assert line.total == sum(run.count * run.total for run in line.units)
        for kind in ("discounts", "spent"):
            shares: dict[str, int] = {}
            for run in line.units:
                for name, share in getattr(run, kind).items():
                    shares[name] = shares.get(name, 0) + share * run.count
            assert shares == getattr(line, kind)


@given(*INPUTS)
def test_runs_cover_the_quantity_without_gap_or_overlap(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    for line in price(cart, goods, *rules, member=member).lines:
        assert line.units[0].first == 0
        assert line.units[-1].last == (0 if line.measure else line.quantity - 1)
        assert all(before.last + 1 == after.first for before, after in pairwise(line.units))
        assert len(line.units) <= len(line.discounts) + len(line.spent) + 3


@given(*INPUTS)
def test_nothing_falls_below_zero(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    priced = price(cart, goods, *rules, member=member)
    for line in priced.lines:
        assert line.gross == line.net + sum(line.discounts.values())
        amounts = [(run.gross, run.net, run.tax, run.total, run.payable) for run in line.units]
        assert all(amount >= 0 for unit in amounts for amount in unit)
        assert all(share > 0 for run in line.units for share in [*run.discounts.values(), *run.spent.values()])
    assert priced.totals.payable == priced.totals.total - sum(spent.amount for spent in priced.spent) >= 0


@given(*INPUTS)
def test_each_discount_is_on_its_lines_and_no_more_than_they_cost(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    priced = price(cart, goods, *rules, member=member)
    for done in priced.applied:
        on_lines = tuple(
            (line.line_no, line.discounts[done.rule_id]) for line in priced.lines if done.rule_id in line.discounts
        )
        assert done.lines == on_lines
        assert 0 < done.amount == sum(share for _, share in on_lines) <= int(done.inputs["base"])
    told = {done.rule_id for done in priced.applied} | {skipped.rule_id for skipped in priced.skipped}
    assert told == {rule.id for rule in rules}


@given(*INPUTS, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_rules_does_not_matter(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member, random: Random
) -> None:
    lines, shuffled = list(cart.lines), list(rules)
    random.shuffle(lines)
    random.shuffle(shuffled)
    other = price(replace(cart, lines=tuple(lines)), goods, *shuffled, member=member)
    assert other == price(cart, goods, *rules, member=member)


@given(carts(), catalogues(), rule_lists(stages=("product", "line")), MEMBERS)
def test_lines_keep_their_result_when_they_are_renumbered(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    """Promised for effects that fall on each line by itself: numbers only decide who gets a shared remainder."""
    own = [rule for rule in rules if rule.effect.inputs(rule.stage.mode)["mode"] == "individual"]
    turned = tuple(replace(line, line_no=100 - line.line_no) for line in cart.lines)
    before = price(replace(cart, spends=()), goods, *own, member=member)
    after = price(replace(cart, lines=turned, spends=()), goods, *own, member=member)
    assert [replace(line, line_no=100 - line.line_no) for line in reversed(after.lines)] == list(before.lines)


@given(*INPUTS, st.data())
def test_refunding_every_unit_in_any_parts_gives_back_what_was_paid(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member, data: st.DataObject
) -> None:
    priced = price(replace(cart, fees=()), goods, *rules, member=member)
    paid = restored = tax = 0
    for line in priced.lines:
        count = line.units[-1].last + 1
        visits = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
        for visit in range(3):
            refund = pricing.refund_of(line.units, [unit for unit in range(count) if visits[unit] == visit])
            paid, restored, tax = paid + refund.payable, restored + sum(refund.spent.values()), tax + refund.tax
    assert (paid, restored, tax) == (priced.totals.payable, priced.totals.spent, priced.totals.tax)


@given(*INPUTS)
def test_a_price_is_stored_and_read_back_as_it_was(
    cart: pricing.Cart, goods: pricing.Catalogue, rules: Rules, member: pricing.Member
) -> None:
    priced = price(cart, goods, *rules, member=member)
    assert pricing.Priced.from_dict(priced.to_dict()) == priced
    assert price(cart, goods, *rules, member=member) == priced
