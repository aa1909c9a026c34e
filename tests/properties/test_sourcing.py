"""What holds of every sourcing decision, whatever the rules, the stock and the places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.inventory.sourcing import domain_walk
from services.inventory.sourcing.domain import Decision, Fallback, Limits, Line, Order, Place, StockView
from services.inventory.sourcing.domain_rules import Route, Rule, Sort, Strategy
from services.inventory.sourcing.domain_sourcing import source
from tests.properties.sourcing_draws import CODES, NOW, SKUS, limits, orders, places, strategies, views


def decide(order: Order, view: StockView, given_: Sequence[Place], strategy: Strategy, at: Limits) -> Decision:
    return source(order, view, given_, strategy, lambda: NOW, at)


@given(orders, views, places, strategies, limits)
def test_never_more_than_there_is_and_every_unit_once(
    order: Order, view: StockView, made: tuple[Place, ...], strategy: Strategy, at: Limits
) -> None:
    found = decide(order, view, made, strategy, at)
    taken: Counter[tuple[str, str]] = Counter()
    units: Counter[int] = Counter()
    for one in found.assignments:
        assert one.quantity > 0
        taken[one.sku, one.location_id] += one.quantity
        units[one.line_no] += one.quantity
    for (sku, location_id), quantity in taken.items():
        assert quantity <= view.get(sku, {}).get(location_id, 0)
        assert (sku, location_id) not in at.cooling
    for left in found.leftovers:
        units[left.line_no] += left.quantity
    assert units == {line.line_no: line.quantity for line in order.lines}
    assert len(found.locations) <= max(strategy.max_splits, len([r for route in strategy.routes for r in route.rules]))


@given(orders, views, places, strategies, limits)
def test_never_from_a_place_that_is_filtered_out(
    order: Order, view: StockView, made: tuple[Place, ...], strategy: Strategy, at: Limits
) -> None:
    found = decide(order, view, made, strategy, at)
    known = {place.location_id: place for place in made}
    by_rule = {rule.rule_id: rule for route in strategy.routes for rule in route.rules}
    for step in found.trace["rules"]:
        rule = by_rule.get(step["rule"])
        assert rule or found.fallback is Fallback.EXCLUDES_ALL
        for _, _, location_id, _ in step["took"]:
            place = known[location_id]
            assert (place.active, place.ships, place.paused) == (True, True, False)
            assert place.franchise_opt_in or not place.franchise
            if rule:
                assert not rule.groups or rule.groups & place.groups
                assert not rule.groups_excluded & place.groups
                assert not (rule.order_limit and place.daily_limit == 0)
                assert rule.max_km is None or place.latitude == 25.0
            assert all(location_id not in out for out in step["out"].values())


@given(orders, views, places, strategies, limits, st.randoms(use_true_random=False))
def test_the_same_question_has_the_same_answer_in_whatever_order_it_comes(
    order: Order, view: StockView, made: tuple[Place, ...], strategy: Strategy, at: Limits, random: Random
) -> None:
    again = list(made)
    random.shuffle(again)
    turned = {sku: dict(random.sample(list(rows.items()), len(rows))) for sku, rows in reversed(list(view.items()))}
    shuffled = list(order.lines)
    random.shuffle(shuffled)
    first = decide(order, view, made, strategy, at)
    second = decide(replace(order, lines=tuple(shuffled)), turned, again, strategy, at)
    assert first.assignments == second.assignments
    assert sorted(first.leftovers, key=str) == sorted(second.leftovers, key=str)
    assert first.trace["rules"] == second.trace["rules"]


def _ways(order: Order, view: StockView, chosen: tuple[str, ...], split_lines: bool) -> bool:
    """Whether these places together have everything, by trying every way to hand the whole lines out."""

    def fits(sku: str) -> bool:
        lines_ = [line for line in order.lines if line.sku == sku]
        whole = [line.quantity for line in lines_ if line.whole or not split_lines]
        stock = [max(0, view.get(sku, {}).get(code, 0)) for code in chosen]
        for where in product(range(len(chosen)), repeat=len(whole)):
            left = list(stock)
            for at, quantity in zip(where, whole, strict=True):
                left[at] -= quantity
            if min(left) >= 0 and sum(left) >= sum(line.quantity for line in lines_) - sum(whole):
                return True
        return False

    # SKUs do not compete with each other where there are no groups
    return all(map(fits, SKUS))


def _has_something(order: Order, view: StockView, code: str, split_lines: bool) -> bool:
    """Whether a place is ranked at all: who could send no line, nor a part of one, is not."""
    return any(
        view.get(line.sku, {}).get(code, 0) >= (1 if split_lines and not line.whole else line.quantity)
        for line in order.lines
    )


ungrouped = orders.map(
    lambda order: replace(
        order,
        lines=tuple(replace(line, group="", quantity=min(3, line.quantity)) for line in order.lines[:3]),
    )
)


@given(ungrouped, views, st.booleans())
def test_the_fewest_places_are_as_few_as_brute_force_finds(order: Order, view: StockView, split_lines: bool) -> None:
    """And of those that are as few, the best ranked: the least sum of ranks among places that have something."""
    made = [Place(code) for code in CODES]
    view = {sku: {code: min(3, units) for code, units in rows.items()} for sku, rows in view.items()}
    rule = Rule("all", sorts=(Sort.SEQUENCE,), sequence=CODES, partial=True)
    found = decide(
        order,
        view,
        made,
        Strategy("s", 1, (Route("r", rules=(rule,)),), max_splits=3),
        Limits(split_lines=split_lines),
    )
    sets = [
        chosen
        for size in range(1, 4)
        for chosen in combinations(CODES, size)
        if _ways(order, view, chosen, split_lines)
    ]
    if not sets:
        assert found.leftovers
        return
    fewest = min(map(len, sets))
    assert not found.leftovers
    assert len(found.locations) == fewest
    ranked = [code for code in CODES if _has_something(order, view, code, split_lines)]
    best = min(sum(map(ranked.index, chosen)) for chosen in sets if len(chosen) == fewest)
    assert sum(map(ranked.index, found.locations)) == best


@given(orders, views, places, strategies, limits)
def test_groups_leave_in_whole_multiples_or_together(
    order: Order, view: StockView, made: tuple[Place, ...], strategy: Strategy, at: Limits
) -> None:
    kits = tuple(
        Line(number, sku, 2 * per, 100, group="kit", per_group=per)
        for number, (sku, per) in enumerate((("A", 1), ("B", 2)), 11)
    )
    sets = tuple(Line(number, sku, 1, 100, group="set", together=True) for number, sku in enumerate("CD", 21))
    found = decide(replace(order, lines=(*order.lines, *kits, *sets)), view, made, strategy, at)
    shares: Counter[tuple[int, str]] = Counter()
    for one in found.assignments:
        shares[one.line_no, one.location_id] += one.quantity
    for code in CODES:
        assert 2 * shares[11, code] == shares[12, code]
        assert shares[21, code] == shares[22, code]
    assert len([code for code in CODES if shares[21, code]]) <= 1


@given(orders, views, places, strategies, limits)
def test_split_shipments_and_what_is_left_are_worth_their_threshold(
    order: Order, view: StockView, made: tuple[Place, ...], strategy: Strategy, at: Limits
) -> None:
    """Of the first rule that takes a part: each shipment and the remainder reach its threshold."""
    found = decide(order, view, made, strategy, at)
    by_rule = {rule.rule_id: rule for route in strategy.routes for rule in route.rules}
    step = next((step for step in found.trace["rules"] if step["took"]), None)
    if step is None or found.fallback is not Fallback.NONE:
        return
    least = by_rule[step["rule"]].shipment_threshold
    worth: Counter[str] = Counter()
    value = {line.line_no: (line.value, line.quantity) for line in order.lines}
    for line_no, _, location_id, quantity in step["took"]:
        worth[location_id] += value[line_no][0] * quantity / value[line_no][1]
    rest = sum(line.value for line in order.lines) - sum(worth.values())
    took = sum(quantity for *_, quantity in step["took"])
    whole = took == sum(line.quantity for line in order.lines)
    if len(worth) > 1 or not whole:
        # units of one portion are worth whole minor units together
        assert all(one >= least - len(order.lines) for one in worth.values())
        assert whole or rest >= least - len(order.lines)


def _skip_search(*_: object) -> None:
    """As if nobody looked for pairs and triples: what is left is greedy."""


def _take_all(_scene: object, _rule: Rule, able: Sequence[Place]) -> tuple[list[Place], dict[str, list[str]]]:
    return list(able), {}


def _forget(found: domain_walk.Walk, _rule: Rule, kept: Sequence[Place], skus: Sequence[str]) -> dict[str, list[int]]:
    """What cools, and what the order was given already, is given once more."""
    return {sku: [max(0, found.around.view[sku].get(place.location_id, 0)) for place in kept] for sku in skus}


@pytest.mark.parametrize(
    ("name", "bug", "property_"),
    [
        ("several", _skip_search, test_the_fewest_places_are_as_few_as_brute_force_finds),
        ("by_rule", _take_all, test_never_from_a_place_that_is_filtered_out),
        ("_stock", _forget, test_never_more_than_there_is_and_every_unit_once),
    ],
)
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, name: str, bug: object, property_: Any) -> None:
    monkeypatch.setattr(domain_walk, name, bug)
    tried = settings(phases=[Phase.generate], database=None, max_examples=500)(property_)
    with pytest.raises(AssertionError):
        tried()
