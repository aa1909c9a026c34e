"""Each property sees the bug that it is there for: the same example holds, and with the bug planted it does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

import omo_pricing as pricing
from omo_pricing import allocation, decide, ground, multibuy, requalification, ruleset, sold, stages
from omo_pricing.lines import OpenLine, Take
from omo_pricing.stacking import Combine
from tests.properties.pricing import test_rule_sets as properties
from tests.unit.pricing.shop import amount, cart, line, percent, percent_rule, rule, shelf

GOODS = shelf(coat=1_000, sock=100, tea=33)
CART = cart(line(1, "coat"), line(2, "sock", 3), line(3, "tea", 7))
FREE = pricing.Give(pricing.Off.PERCENT, 10_000)
THIRD = rule("third", pricing.Multibuy(3, 1, FREE), "line")
Plant = Callable[[pytest.MonkeyPatch], None]


class Drawn:
    """Stands in for what hypothesis would draw."""

    def __init__(self, *values: Any) -> None:
        self._values = list(values)

    def draw(self, _: object) -> Any:
        return self._values.pop(0)


def rules(*known: pricing.Rule, **more: Any) -> pricing.RuleSet:
    return pricing.RuleSet("1", known, **more)


def lose_a_remainder(patch: pytest.MonkeyPatch) -> None:
    true = allocation.spread

    def lossy(amount: int, runs: Any) -> Any:
        return [[(count, share - (share > 5 and not place)) for place, (count, share) in enumerate(row)]
                for row in true(amount, runs)]  # fmt: skip

    patch.setattr(sold, "spread", lossy)


def take_more_than_there_is(patch: pytest.MonkeyPatch) -> None:
    true = OpenLine.take

    def greedy(self: OpenLine, taken: Take) -> None:
        true(self, replace(taken, amount=taken.amount * 2))

    patch.setattr(OpenLine, "take", greedy)


def go_by_the_order_of_the_document(patch: pytest.MonkeyPatch) -> None:
    true = ruleset.Index.__init__

    def unsorted(self: ruleset.Index, known: Any, groups: Any = ()) -> None:
        true(self, [replace(each, priority=-place) for place, each in enumerate(known)], groups)

    patch.setattr(ruleset.Index, "__init__", unsorted)


def leave_what_was_tried(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stages.Run, "_trial", lambda self, node: self._settle(node))


def always_the_sale(patch: pytest.MonkeyPatch) -> None:
    def sale(run: Any, known: pricing.RuleSet, bars: Any) -> Any:
        return run({**decide._bars(known, pricing.Reason.OTHER_DEAL_BETTER, decide._discounts_later), **bars})

    patch.setattr(decide, "_best_deal", sale)


def bar_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_rivals", lambda *_: {})


def add_up_a_promotion(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stages, "_by_line", lambda mode, trials: [done for trial in trials for done in trial])


def cheapest_of_all(patch: pytest.MonkeyPatch) -> None:
    """What other engines do: so many of the cheapest, wherever they are."""

    def chosen(self: multibuy.Multibuy, dearest: Any, times: int) -> Any:
        return multibuy.first(dearest[::-1], times * self.discounted_quantity)

    patch.setattr(multibuy.Multibuy, "_chosen", chosen)


def forget_what_was_refunded(patch: pytest.MonkeyPatch) -> None:
    true = requalification.requalify

    def forgetful(*given: Any, refunded: Any = None, **more: Any) -> Any:
        return true(*given, **more)

    patch.setattr(pricing, "requalify", forgetful)


def take_the_lowest(patch: pytest.MonkeyPatch) -> None:
    true = stages._better
    lowest = pricing.GroupMode.LOWEST
    patch.setattr(stages, "_better", lambda mode: true(lowest if mode is pricing.GroupMode.HIGHEST else mode))


def drop_the_gift(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ground.Ground, "priced", lambda self: self.lines)


CUTS = (percent_rule("a", 1_111, "order"), rule("b", amount(100), "order"))
MORE = (percent_rule("c", 2_222, "order"), rule("d", amount(70), "order"))
GROUP = (pricing.Group("g", pricing.GroupMode.HIGHEST),)
PLANTED: list[tuple[Plant, Any, tuple[Any, ...]]] = [
    (
        lose_a_remainder,
        properties.test_shares_of_units_are_the_discount_to_the_minor_unit_and_none_falls_below_zero,
        (CART, GOODS, rules(*CUTS), ()),
    ),
    (
        take_more_than_there_is,
        properties.test_shares_of_units_are_the_discount_to_the_minor_unit_and_none_falls_below_zero,
        (CART, GOODS, rules(percent_rule("a", 9_000, "order")), ()),
    ),
    (
        drop_the_gift,
        properties.test_shares_of_units_are_the_discount_to_the_minor_unit_and_none_falls_below_zero,
        (CART, GOODS, rules(rule("gift", pricing.Gift("tea"))), ()),
    ),
    (
        go_by_the_order_of_the_document,
        properties.test_the_order_of_lines_rules_and_groups_does_not_matter,
        (CART, GOODS, rules(*CUTS, *MORE), (), Random(1)),
    ),
    (
        leave_what_was_tried,
        properties.test_shares_of_units_are_the_discount_to_the_minor_unit_and_none_falls_below_zero,
        (CART, GOODS, rules(*(replace(each, group="g") for each in CUTS), groups=GROUP), ()),
    ),
    (
        always_the_sale,
        properties.test_the_best_deal_is_no_dearer_than_either_alone,
        (CART, GOODS, rules(percent_rule("s", 100, "product"), *CUTS, combine=Combine.BEST_DEAL), ()),
    ),
    (
        bar_nobody,
        properties.test_an_exclusive_category_stands_alone,
        (CART, GOODS, rules(replace(CUTS[0], category="a"), replace(CUTS[1], category="b")), ()),
    ),
    (
        add_up_a_promotion,
        properties.test_of_one_promotion_one_rule_gives_something_on_a_line_and_none_gives_more,
        (CART, GOODS, [percent_rule("a", 1_000), rule("b", percent(500), "line")]),
    ),
    (
        cheapest_of_all,
        properties.test_no_cart_is_cheaper_in_two_parts,
        (cart(line(1, "coat", 3), line(2, "sock", 3)), GOODS, THIRD.effect, Drawn(3, 0)),
    ),
    (
        forget_what_was_refunded,
        properties.test_a_requalified_return_never_gives_more_than_was_paid,
        (CART, GOODS, rules(*CUTS), Drawn([1, 2])),
    ),
    (
        take_the_lowest,
        properties.test_the_highest_of_a_group_is_no_dearer_than_any_other_choice,
        (CART, GOODS, [percent_rule("a", 1_000), rule("b", percent(500), "line")], pricing.GroupMode.LIST_ORDER),
    ),
]


@pytest.mark.parametrize(("plant", "prop", "example"), PLANTED, ids=[plant.__name__ for plant, _, _ in PLANTED])
def test_a_planted_bug_is_found(
    plant: Plant, prop: Any, example: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = copy.deepcopy(example)
    prop.hypothesis.inner_test(*drawn)
    drawn = copy.deepcopy(example)
    plant(monkeypatch)
    with pytest.raises((AssertionError, pricing.PricingError)):
        prop.hypothesis.inner_test(*drawn)
