"""Of rules that stand together, those give something that the group says."""

from __future__ import annotations

from dataclasses import replace

import pytest

import omo_pricing as pricing
from omo_pricing import Goods, Group, GroupMode, GroupScope, Reason, Scope
from tests.unit.pricing.shop import amount, cart, given, line, percent, percent_rule, price_by, rule, shelf, skipped

SHELF = shelf(coat=1_000, sock=100)
BOTH = cart(line(1, "coat"), line(2, "sock"))
SOCKS = Scope(include=Goods(skus=frozenset({"sock"})))
ITEM, SESSION = GroupScope.ITEM, GroupScope.SESSION


def grouped(mode: GroupMode, scope: GroupScope, *rules: pricing.Rule, **around: GroupMode) -> pricing.Priced:
    """All rules that name no group stand in one, `g`."""
    inside = tuple(each if each.group else replace(each, group="g") for each in rules)
    more = tuple(Group(name, wider, parent=None) for name, wider in around.items())
    return price_by(pricing.RuleSet("1", inside, (Group("g", mode, scope), *more)), BOTH, SHELF)


def lines(priced: pricing.Priced) -> list[dict[str, int]]:
    return [dict(found.discounts) for found in priced.lines]


TENTH = percent_rule("tenth", 1_000, priority=2)
FIFTY = replace(rule("fifty", amount(50), "line"), priority=1)
"""The tenth gives 100 and 10, the fifty 50 and 50."""


@pytest.mark.parametrize(
    ("mode", "scope", "expected"),
    [
        (GroupMode.STACKABLE, SESSION, [{"tenth": 100, "fifty": 50}, {"tenth": 10, "fifty": 50}]),
        (GroupMode.STACKABLE, ITEM, [{"tenth": 100, "fifty": 50}, {"tenth": 10, "fifty": 50}]),
        (GroupMode.LIST_ORDER, SESSION, [{"tenth": 100}, {"tenth": 10}]),
        (GroupMode.LIST_ORDER, ITEM, [{"tenth": 100}, {"tenth": 10}]),
        (GroupMode.HIGHEST, SESSION, [{"tenth": 100}, {"tenth": 10}]),
        (GroupMode.HIGHEST, ITEM, [{"tenth": 100}, {"fifty": 50}]),
        (GroupMode.LOWEST, SESSION, [{"fifty": 50}, {"fifty": 50}]),
        (GroupMode.LOWEST, ITEM, [{"fifty": 50}, {"tenth": 10}]),
    ],
)
def test_a_group_chooses(mode: GroupMode, scope: GroupScope, expected: list[dict[str, int]]) -> None:
    priced = grouped(mode, scope, TENTH, FIFTY)
    assert lines(priced) == expected
    told = {name for each in expected for name in each}
    assert skipped(priced) == dict.fromkeys({"tenth", "fifty"} - told, Reason.OUTBID)


def test_the_first_that_gives_anything_is_the_first() -> None:
    """A rule whose minimum is not reached does not take the group's turn away from the others."""
    dear = replace(TENTH, conditions=(pricing.MinAmount(5_000),))
    priced = grouped(GroupMode.LIST_ORDER, SESSION, dear, FIFTY)
    assert given(priced) == [("fifty", 100)]
    assert skipped(priced) == {"tenth": Reason.BELOW_MIN_AMOUNT}


def test_what_one_rule_gives_only_on_some_lines_leaves_the_others_to_the_next() -> None:
    socks = replace(TENTH, scope=SOCKS)
    assert lines(grouped(GroupMode.LIST_ORDER, ITEM, socks, FIFTY)) == [{"fifty": 50}, {"tenth": 10}]


def test_groups_stand_in_groups() -> None:
    """The best of: a tenth and then fifty together, or a fifth alone."""
    both = Group("both", GroupMode.STACKABLE, priority=1, parent="best")
    best = Group("best", GroupMode.HIGHEST, SESSION)
    stacked = [replace(each, group="both") for each in (TENTH, FIFTY)]
    for basis_points, winner in [(1_500, ["tenth", "fifty"]), (2_000, ["alone"])]:
        alone = percent_rule("alone", basis_points, group="best")
        for groups in ((both, best), (best, both)):
            priced = price_by(pricing.RuleSet("1", (*stacked, alone), groups), BOTH, SHELF)
            assert [name for name, _ in given(priced)] == winner


def test_a_group_inside_a_group_for_each_line() -> None:
    """For the coat a fifth is the best (200), for the sock a tenth and then fifty (60)."""
    both = Group("both", GroupMode.STACKABLE, priority=1, parent="best")
    rules = (*(replace(each, group="both") for each in (TENTH, FIFTY)), percent_rule("fifth", 2_000, group="best"))
    priced = price_by(pricing.RuleSet("1", rules, (both, Group("best", GroupMode.HIGHEST, ITEM))), BOTH, SHELF)
    assert lines(priced) == [{"fifth": 200}, {"tenth": 10, "fifty": 50}]
    assert priced.totals.total == 840


def test_a_group_has_its_own_turn_in_the_stage() -> None:
    alone = percent_rule("alone", 5_000, priority=5)
    groups = (Group("g", GroupMode.STACKABLE, priority=9),)
    rules = pricing.RuleSet("1", (replace(TENTH, group="g"), alone), groups)
    assert [name for name, _ in given(price_by(rules, BOTH, SHELF))] == ["tenth", "alone"]


def test_what_was_only_tried_leaves_no_trace() -> None:
    """The units that a losing multibuy picked are whole again, and its stop flag closes nothing."""
    pair = pricing.Multibuy(2, 1, pricing.Give(pricing.Off.PERCENT, 1_000))
    loser = replace(rule("pair", pair, "line", stop_after=True), priority=9, group="g")
    winner = percent_rule("cut", 5_000, group="g")
    after = rule("after", amount(7), "line", priority=-1)
    rules = pricing.RuleSet("1", (loser, winner, after), (Group("g", GroupMode.HIGHEST),))
    priced = price_by(rules, cart(line(1, "coat", 2)), SHELF)
    assert given(priced) == [("cut", 1_000), ("after", 7)]
    assert [(run.first, run.last, dict(run.discounts)) for run in priced.lines[0].units] == [
        (0, 0, {"cut": 500, "after": 4}),
        (1, 1, {"cut": 500, "after": 3}),
    ]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("product", [{"tenth": 100}, {"fifty": 50}]), ("order", [{"fifty": 227}, {"fifty": 23}])],
)
def test_within_one_promotion_the_best_saving_rule_counts(stage: str, expected: list[dict[str, int]]) -> None:
    """For each line at the product and line stages, once for the cart at the order stage; never the sum."""
    named = pricing.Stage(stage)
    off = amount(50) if stage == "product" else amount(250)
    rules = (
        percent_rule("tenth", 1_000, stage, promotion="spring"),
        replace(rule("fifty", off, stage), promotion="spring"),
    )
    assert all(each.stage is named for each in rules)
    priced = price_by(pricing.RuleSet("1", rules), BOTH, SHELF)
    assert lines(priced) == expected


def test_points_do_not_count_as_a_discount() -> None:
    more = replace(rule("twice", pricing.PointsMore(10_000), "line"), priority=5)
    assert given(grouped(GroupMode.HIGHEST, SESSION, more, replace(FIFTY, effect=percent(1)), TENTH)) == [
        ("tenth", 110)
    ]
