"""The last rule that matches wins, whatever stands around it; figures stay between nothing and what is there."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.availability.domain_filters import Field, Filter
from services.inventory.availability.domain_limits import Site
from services.inventory.availability.domain_rules import Kind, Rule
from tests.unit.inventory.limits import TAGS, atp, limits, placed, tagged


def rule_of(draw: Any, number: int) -> Rule:
    return Rule(
        f"r{number}",
        Kind.SAFETY_STOCK,
        goods=draw(st.sampled_from([Filter(), *(tagged(tag) for tag in TAGS)])),
        places=draw(st.sampled_from([Filter(), placed("X"), placed("Y"), Filter(exclude=placed("X").include)])),
        quantity=number,
    )


@st.composite
def rulesets(draw: Any) -> list[Rule]:
    return [rule_of(draw, number) for number in range(1, draw(st.integers(1, 8)))]


@given(rulesets(), st.sets(st.sampled_from(TAGS)), st.sampled_from(["X", "Y"]))
def test_the_winner_is_the_last_of_those_that_match(rules: list[Rule], tags: set[str], place: str) -> None:
    found = limits(*rules, goods={"A": tags})
    facts, site = {Field.TAG: frozenset(tags)}, Site(place, "STORE").facts
    matching = [one for one in rules if one.goods.matches(facts) and one.places.matches(site)]
    assert found.rule(Kind.SAFETY_STOCK, "A", place) == (matching[-1] if matching else None)


@given(rulesets(), st.sets(st.sampled_from(TAGS)), st.randoms(use_true_random=False))
def test_the_order_of_rules_that_do_not_match_means_nothing(rules: list[Rule], tags: set[str], random: Any) -> None:
    facts, site = {Field.TAG: frozenset(tags)}, Site("X", "STORE").facts
    matching = [one for one in rules if one.goods.matches(facts) and one.places.matches(site)]
    others = [one for one in rules if one not in matching]
    random.shuffle(others)
    mixed = [*others[: len(others) // 2], *matching, *others[len(others) // 2 :]]
    was, now = limits(*rules, goods={"A": tags}), limits(*mixed, goods={"A": tags})
    assert was.safety("A", "X") == now.safety("A", "X")


@given(st.integers(0, 30), st.integers(0, 30), st.dictionaries(st.sampled_from(["X", "Y"]), st.integers(-50, 50)))
def test_the_figure_is_never_below_zero_nor_above_what_is_there(threshold: int, safety: int, levels: Any) -> None:
    found = limits(Rule("t", Kind.THRESHOLD, quantity=threshold), Rule("s", Kind.SAFETY_STOCK, quantity=safety))
    there = sum(max(0, one) for one in levels.values())
    assert 0 <= atp(found, levels) <= there
    assert atp(found, levels) == max(0, sum(max(0, one - safety) for one in levels.values()) - threshold)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 30), st.integers(-30, 60), st.integers(-30, 60))
def test_a_change_far_above_the_watch_decides_nothing(
    safety: int, threshold: int, other: int, old: int, new: int
) -> None:
    found = limits(Rule("t", Kind.THRESHOLD, quantity=threshold), Rule("s", Kind.SAFETY_STOCK, quantity=safety))
    before, after = ({"X": one, "Y": other} for one in (old, new))
    if (atp(found, before) > 0) != (atp(found, after) > 0):
        assert min(old, new) <= found.world.rules.watch
