"""How an order walks through the rules: whole, split, in part, queued; and what the search may cost."""

from datetime import timedelta

import pytest

from kit.errors import Fault
from services.inventory.sourcing import domain_lifecycle
from services.inventory.sourcing.domain import Assignment, Fallback, Left, Limits, Line, Place
from services.inventory.sourcing.domain_rules import Rule, Sort, Then
from services.inventory.sourcing.domain_sourcing import source
from tests.unit.inventory.sourcing_shop import NOW, by, decide, in_turn, outs, places, wants


def test_one_place_that_has_everything_stands_above_better_ranked_ones_that_have_a_part() -> None:
    stock = {"A": {"P1": 1, "P2": 1}, "B": {"P2": 1}}
    assert places(decide(wants(("A", 1), ("B", 1)), stock, by(in_turn("P1", "P2")))) == [(1, "P2", 1), (2, "P2", 1)]


def test_a_rule_that_may_not_split_gives_way_to_the_next_rule() -> None:
    stock = {"A": {"P1": 1}, "B": {"P2": 1}}
    found = decide(wants(("A", 1), ("B", 1)), stock, by(Rule("whole"), in_turn("P1", "P2", rule_id="split")))
    assert [(step["rule"], len(step["took"])) for step in found.trace["rules"]] == [("whole", 0), ("split", 2)]
    assert found.locations == ("P1", "P2")


def test_three_of_four_here_and_one_there() -> None:
    found = decide(wants(("A", 4)), {"A": {"P1": 3, "P2": 1}}, by(in_turn("P1", "P2")))
    assert places(found) == [(1, "P1", 3), (1, "P2", 1)]
    unsplit = decide(wants(("A", 4)), {"A": {"P1": 3, "P2": 1}}, by(in_turn("P1")), limits=Limits(split_lines=False))
    assert [(left.quantity, left.reason) for left in unsplit.leftovers] == [(4, Left.NO_STOCK)]


def test_the_rest_goes_to_the_queue_with_its_cancel_date() -> None:
    rule = in_turn("P1", then=Then.QUEUE, queue="short", cancel_after_hours=48)
    found = decide(wants(("A", 5)), {"A": {"P1": 3}}, by(rule, Rule("never asked")))
    assert (found.queue, found.auto_cancel_time) == ("short", NOW + timedelta(hours=48))
    assert (places(found), [left.quantity for left in found.leftovers]) == ([(1, "P1", 3)], [2])
    assert [step["rule"] for step in found.trace["rules"]] == ["rule"]


@pytest.mark.parametrize(
    ("threshold", "taken"),
    [(100, ["P1"]), (200, []), (50, ["P1"])],
)
def test_a_part_is_sent_only_if_it_and_the_rest_are_worth_it(threshold: int, taken: list[str]) -> None:
    """One unit of 100 is left over: with a threshold of 200 it could never leave by itself."""
    found = decide(wants(("A", 4)), {"A": {"P1": 3}}, by(in_turn("P1", shipment_threshold=threshold)))
    assert list(found.locations) == taken
    if not taken:
        assert {left.reason for left in found.leftovers} == {Left.THRESHOLD}
        assert found.trace["rules"][0]["gate"] == [200, 1]


def test_an_order_below_the_threshold_still_leaves_whole() -> None:
    assert decide(wants(("A", 1)), {"A": {"P1": 1}}, by(in_turn("P1", shipment_threshold=9_999))).locations == ("P1",)


def test_no_more_shipments_than_the_limit() -> None:
    stock = {sku: {f"P{number}": 1} for number, sku in enumerate("ABC", 1)}
    found = decide(wants(("A", 1), ("B", 1), ("C", 1)), stock, by(in_turn("P1", "P2", "P3"), max_splits=2))
    assert found.locations == ("P1", "P2")
    assert [(left.sku, left.reason) for left in found.leftovers] == [("C", Left.SPLITS)]


def test_a_search_that_reaches_its_bound_says_so_and_goes_on_greedily() -> None:
    stock = {sku: {f"P{number}{sku}": 1 for number in range(40)} for sku in "ABC"}
    found = decide(
        wants(("A", 1), ("B", 1), ("C", 1)), stock, by(Rule("all", partial=True)), limits=Limits(combinations=20)
    )
    assert (len(found.locations), found.leftovers) == (3, ())
    assert found.trace["rules"][0]["search"][2] == "COMBINATIONS"
    steps = decide(wants(("A", 1), ("B", 1)), stock, by(Rule("all", partial=True)), limits=Limits(steps=5))
    assert steps.trace["rules"][0]["search"][2] == "STEPS"


def test_kits_leave_in_whole_multiples_and_sets_together() -> None:
    kit = [Line(n, sku, 4, 100, group="kit", per_group=2) for n, sku in enumerate("AB", 1)]
    found = decide(wants(*kit), {"A": {"P1": 3, "P2": 4}, "B": {"P1": 3, "P2": 2}}, by(in_turn("P1", "P2")))
    assert places(found) == [(1, "P1", 2), (2, "P1", 2), (1, "P2", 2), (2, "P2", 2)]
    gift = [Line(n, sku, 1, 100, group="gift", together=True) for n, sku in enumerate("AB", 1)]
    apart = decide(wants(*gift), {"A": {"P1": 1}, "B": {"P2": 1}}, by(in_turn("P1", "P2")))
    assert (apart.assignments, len(apart.leftovers)) == ((), 2)


def test_a_kit_and_a_line_share_their_goods() -> None:
    kit = [Line(1, "A", 2, 100, group="kit"), Line(2, "B", 2, 100, group="kit")]
    stock = {"A": {"P1": 2, "P2": 1}, "B": {"P1": 2, "P2": 2}}
    found = decide(wants(*kit, Line(3, "A", 1, 100)), stock, by(in_turn("P1", "P2")))
    assert places(found) == [(1, "P1", 2), (2, "P1", 2), (3, "P2", 1)]


def test_orders_are_sent_round_so_often_and_expedited_ones_less() -> None:
    strategy = by(in_turn("P1"), attempts_standard=3, attempts_expedited=1)
    stock = {"A": {"P1": 9}}
    assert decide(wants(("A", 1), attempts=2), stock, strategy).locations == ("P1",)
    for order in (wants(("A", 1), attempts=3), wants(("A", 1), attempts=1, expedited=True)):
        assert {left.reason for left in decide(order, stock, strategy).leftovers} == {Left.ATTEMPTS}


def test_a_place_that_rejected_a_good_is_not_asked_for_it_and_still_for_others() -> None:
    limits = Limits(cooling={("A", "P1"): NOW + timedelta(hours=1), ("A", "P2"): NOW - timedelta(hours=1)})
    found = decide(wants(("A", 1)), {"A": {"P1": 1, "P2": 1}}, by(in_turn("P1", "P2")), limits=limits)
    assert (found.locations, outs(found)["COOLING"]) == (("P2",), ["P1"])
    other = decide(wants(("B", 1)), {"B": {"P1": 1}}, by(in_turn("P1")), limits=limits)
    assert other.locations == ("P1",)


@pytest.mark.parametrize("why", [Fallback.NO_STRATEGY, Fallback.BROKEN])
def test_without_a_strategy_the_default_decides_and_says_why(why: Fallback) -> None:
    found = source(wants(("A", 1)), {"A": {"P1": 1}}, [Place("P1")], why, lambda: NOW, Limits())
    assert (found.fallback, found.rule_set_id, found.locations) == (why, "default", ("P1",))


def test_facts_are_no_fault_of_the_rules() -> None:
    """All paused: that is no reason to fall back, for the default could do no better."""
    found = decide(wants(("A", 1)), {"A": {"P1": 1}}, by(in_turn("P1")), Place("P1", paused=True))
    assert (found.fallback, [left.reason for left in found.leftovers]) == (Fallback.NONE, [Left.NO_PLACE])


def test_the_default_location_settles_what_every_sort_leaves_tied() -> None:
    stock = {"A": {"P1": 1, "P2": 1, "P3": 1}}
    rule = Rule("all", sorts=(Sort.BALANCE,))
    assert decide(wants(("A", 1)), stock, by(rule)).locations == ("P1",)
    assert decide(wants(("A", 1)), stock, by(rule), limits=Limits(default_location_id="P3")).locations == ("P3",)


ASSIGNED = (Assignment(1, "A", "P1", 3), Assignment(1, "A", "P2", 1), Assignment(2, "B", "P2", 1))


def test_a_sale_takes_from_its_own_place_only() -> None:
    assert domain_lifecycle.for_sale(ASSIGNED, "P2") == ASSIGNED[1:]
    assert domain_lifecycle.for_sale(ASSIGNED, "P2", [2]) == ASSIGNED[2:]
    for place, lines in (("P3", []), ("P1", [2])):
        with pytest.raises(Fault) as refused:
            domain_lifecycle.for_sale(ASSIGNED, place, lines)
        assert refused.value.reason == "NOT_ASSIGNED"


def test_a_release_gives_back_the_last_first_and_a_cancellation_everything() -> None:
    given = domain_lifecycle.for_release(ASSIGNED, 1, 2)
    assert [(one.location_id, one.quantity) for one in given] == [("P2", 1), ("P1", 1)]
    assert domain_lifecycle.for_cancellation(ASSIGNED) == ASSIGNED
    assert domain_lifecycle.for_allocation is source
