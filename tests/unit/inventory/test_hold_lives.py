"""How long carts hold: what rules say of the goods and places of their lines, the shortest of all."""

from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Fault
from services.inventory.availability import domain_author
from services.inventory.availability.domain_rules import Kind, Rule
from services.inventory.stock import domain_lives
from services.inventory.stock.domain import Hold, Line, State, Who
from services.inventory.stock.domain_commands import Ask, Expire, Extend
from tests.unit.inventory.limits import NOW, limits, placed, tagged

DEFAULT = timedelta(minutes=10)
RULES = (
    Rule("all", Kind.HOLD_TTL, quantity=1_800),
    Rule("x", Kind.HOLD_TTL, places=placed("X"), quantity=300),
    Rule("sale", Kind.HOLD_TTL, goods=tagged("sale"), quantity=120),
)


def ask(*lines: Line, ttl: timedelta | None = DEFAULT, ruled: bool = True) -> Ask:
    return Ask("h", lines, b"", Who("service", "test"), ttl, ruled=ruled)


def lives(rules: Any, *lines: Line, **more: Any) -> timedelta | None:
    given = ask(*lines, **more)
    return domain_lives.life(limits(*rules, goods={"A": (), "S": ("sale",), "K": ("sale",)}), given, given.lines)


def test_the_last_rule_that_matches_wins() -> None:
    told = [lives(RULES, Line(1, sku, place, 1)) for sku in "AS" for place in "YX"]
    assert told == [timedelta(seconds=one) for one in (1_800, 300, 120, 120)]


def test_the_shortest_of_several_lines_holds() -> None:
    assert lives(RULES, Line(1, "A", "Y", 1), Line(2, "A", "X", 1)) == timedelta(seconds=300)
    assert lives(RULES, Line(1, "A", "X", 1), Line(2, "S", "Y", 1)) == timedelta(seconds=120)


def test_a_line_without_a_rule_holds_as_long_as_the_brand_says() -> None:
    longer = [Rule("x", Kind.HOLD_TTL, places=placed("X"), quantity=1_800)]
    assert lives((), Line(1, "A", "X", 1)) == DEFAULT
    assert lives(longer, Line(1, "A", "X", 1)) == timedelta(seconds=1_800)
    assert lives(longer, Line(1, "A", "X", 1), Line(2, "A", "Y", 1)) == DEFAULT


def test_whoever_says_how_long_is_not_asked_by_rules() -> None:
    assert lives(RULES, Line(1, "S", "X", 1), ruled=False) == DEFAULT
    assert lives(RULES, Line(1, "S", "X", 1), ttl=None) is None


def test_of_a_kit_the_rules_speak_as_of_what_was_asked_for() -> None:
    assert lives(RULES, Line(1, "A", "Y", 2, kit_sku="K")) == timedelta(seconds=120)


def test_an_extension_speaks_of_the_lines_that_are_still_held() -> None:
    gone, kept = Line(1, "S", "X", 1, active=False), Line(2, "A", "X", 1)
    found = limits(*RULES, goods={"A": (), "S": ("sale",)})
    assert domain_lives.life(found, Extend("h", DEFAULT, ruled=True), (gone, kept)) == timedelta(seconds=300)


def test_rules_are_asked_only_for_those_who_did_not_say() -> None:
    held = Hold("c", State.ACTIVE, (Line(1, "B", "X", 1),), NOW)
    mine, other = ask(Line(1, "A", "X", 1), Line(2, "P", "X", 1, kit_sku="K")), ask(Line(1, "S", "X", 1), ruled=False)
    assert domain_lives.open_to_rules([other, Expire("c")], [held]) == set()
    assert domain_lives.open_to_rules([mine, other], [held]) == {"A", "K", "S", "B"}
    assert domain_lives.open_to_rules([Extend("c", DEFAULT, ruled=True)], [held]) == {"B"}


@pytest.mark.parametrize("seconds", [60, 86_400])
def test_rules_may_say_what_callers_may(seconds: int) -> None:
    domain_author.check([Rule("t", Kind.HOLD_TTL, quantity=seconds)])


@pytest.mark.parametrize("seconds", [-1, 0, 59, 86_401])
def test_rules_may_say_no_more_than_callers(seconds: int) -> None:
    with pytest.raises(Fault) as raised:
        domain_author.check([Rule("fine", Kind.THRESHOLD), Rule("t", Kind.HOLD_TTL, quantity=seconds)])
    assert raised.value.metadata["field"] == "rules[1].quantity"
