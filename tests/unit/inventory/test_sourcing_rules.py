"""Routes pick orders, rules pick stock: every filter with its twin, every sort, hours and cut-offs."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from services.inventory.sourcing.domain import Limits, Place
from services.inventory.sourcing.domain_batch import source_all
from services.inventory.sourcing.domain_hours import Hours, Span, leaves
from services.inventory.sourcing.domain_ranking import RANKERS
from services.inventory.sourcing.domain_rules import Days, OrderSort, Pick, Route, Rule, Sort, sort_key
from services.inventory.sourcing.domain_simulation import Prices, compare
from services.inventory.sourcing.domain_words import explain
from tests.unit.inventory.sourcing_shop import NOW, by, decide, in_turn, outs, places, wants

ONE = {"A": {"P1": 1, "P2": 1}}
TAIPEI: dict[str, Any] = {"latitude": 25.03, "longitude": 121.56}
KAOHSIUNG: dict[str, Any] = {"latitude": 22.63, "longitude": 120.30}


@pytest.mark.parametrize(
    ("route", "order", "takes"),
    [
        ({"queues": Pick(frozenset({"q"}))}, {"queue": "q"}, True),
        ({"queues": Pick(frozenset({"q"}))}, {}, False),
        ({"queues": Pick(excluded=frozenset({"q"}))}, {"queue": "q"}, False),
        ({"shipping_methods": Pick(frozenset({"express"}))}, {"shipping_method": "express"}, True),
        ({"shipping_methods": Pick(excluded=frozenset({"express"}))}, {"shipping_method": "express"}, False),
        ({"priorities": Pick(frozenset({"5"}))}, {"priority": 5}, True),
        ({"priorities": Pick(excluded=frozenset({"5"}))}, {"priority": 5}, False),
        ({"channels": Pick(frozenset({"app"}))}, {"channel_id": "web"}, False),
        ({"channels": Pick(excluded=frozenset({"app"}))}, {"channel_id": "web"}, True),
        ({"promised": Days(0, 1)}, {"promise_time": NOW + timedelta(hours=30)}, True),
        ({"promised": Days(0, 1)}, {"promise_time": NOW + timedelta(hours=49)}, False),
        ({"promised": Days(0, 1)}, {}, False),
        ({"promised_excluded": Days(last=1)}, {"promise_time": NOW + timedelta(hours=30)}, False),
        ({"promised_excluded": Days(last=1)}, {}, True),
    ],
)
def test_a_route_takes_its_orders(route: dict[str, Any], order: dict[str, Any], takes: bool) -> None:
    assert Route("r", **route).takes(wants(("A", 1), **order), frozenset(), NOW) is takes


def test_a_route_takes_orders_by_the_group_of_the_store_that_sold_them() -> None:
    for pick, takes in ((Pick(frozenset({"north"})), True), (Pick(excluded=frozenset({"north"})), False)):
        assert Route("r", origin_groups=pick).takes(wants(("A", 1)), frozenset({"north"}), NOW) is takes


def test_orders_stand_in_their_routes_order() -> None:
    late = wants(("A", 1), priority=1, ship_by=NOW + timedelta(days=2))
    soon = wants(("A", 1), priority=1, ship_by=NOW + timedelta(days=1), ship_after=NOW)
    urgent = wants(("A", 1), priority=9, shipping_method="express")
    sorts = (OrderSort.PRIORITY, OrderSort.SHIP_BY)
    assert sorted([late, soon, urgent], key=lambda one: sort_key(one, sorts)) == [urgent, soon, late]
    assert sort_key(urgent, (OrderSort.METHOD, OrderSort.ORDER_DATE)) < sort_key(late, (OrderSort.METHOD,))
    assert sort_key(soon, (OrderSort.SHIP_AFTER,)) < sort_key(late, (OrderSort.SHIP_AFTER,))


@pytest.mark.parametrize(
    ("place", "rule", "why"),
    [
        ({"active": False}, {}, "INACTIVE"),
        ({"kind": "VIRTUAL"}, {}, "VIRTUAL"),
        ({"ships": False}, {}, "METHOD"),
        ({"franchise": True}, {}, "FRANCHISE"),
        ({"paused": True}, {}, "PAUSED"),
        ({"hours": Hours(((),) * 7)}, {}, "CLOSED"),
        ({"daily_limit": 2, "taken": 2}, {}, "CAPACITY"),
        ({}, {"groups": frozenset({"north"})}, "GROUP"),
        ({"groups": frozenset({"outlet"})}, {"groups_excluded": frozenset({"outlet"})}, "GROUP_EXCLUDED"),
        (KAOHSIUNG, {"max_km": 100.0}, "DISTANCE"),
        ({}, {"max_km": 100.0}, "DISTANCE_UNKNOWN"),
        ({}, {"safety_stock": 1}, "NO_STOCK"),
    ],
)
def test_a_place_is_left_out_and_the_trace_says_why(place: dict[str, Any], rule: dict[str, Any], why: str) -> None:
    good = {**TAIPEI, "groups": frozenset({"north"})}
    stock = {"A": {"P1": 1, "P2": 2}}
    found = decide(
        wants(("A", 1), **TAIPEI), stock, by(Rule("rule", **rule)), Place("P1", **place), Place("P2", **good)
    )
    assert (found.locations, outs(found)[why]) == (("P2",), ["P1"])
    english, chinese = explain(found.trace, "INSTANT", "s", 3, "")
    assert any(line.startswith("Left out: P1") for line in english)
    assert any(line.startswith("排除 P1") for line in chinese)


def test_goods_that_nobody_is_sure_of_are_not_asked_for_and_the_surest_come_first() -> None:
    stock = {"A": {"P1": 3, "P2": 2}, "B": {"P1": 3, "P2": 2}}
    limits = Limits(confidence={("A", "P1"): 250, ("A", "P2"): 700, ("B", "P1"): 900})
    everywhere = by(Rule("r", sorts=(Sort.BALANCE,)))
    assert decide(wants(("A", 1)), stock, everywhere, limits=limits).locations == ("P1",), "no rule asks how sure"
    believed = decide(wants(("A", 1)), stock, by(Rule("r", sorts=(Sort.BALANCE,), min_confidence=400)), limits=limits)
    assert (believed.locations, outs(believed)) == (("P2",), {"UNSURE": ["P1"]})
    english, chinese = explain(believed.trace, "BATCH", "s", 3, "")
    assert "Left out: P1: is not sure enough to have it." in english
    assert "排除 P1：庫存可信度不足。" in chinese
    surest = by(Rule("r", sorts=(Sort.CONFIDENCE,)))
    assert decide(wants(("A", 1)), stock, surest, limits=limits).locations == ("P2",)
    assert decide(wants(("B", 1)), stock, surest, limits=limits).locations == ("P2",), "what is not doubted is sure"
    assert decide(wants(("A", 1), ("B", 1)), stock, surest, limits=limits).locations == ("P2",)


def test_what_is_allowed_all_the_same() -> None:
    free = Place("P1", daily_limit=2, taken=2, franchise=True, franchise_opt_in=True)
    assert decide(wants(("A", 1)), {"A": {"P1": 1}}, by(Rule("r", order_limit=False)), free).locations == ("P1",)
    far = decide(wants(("A", 1)), {"A": {"P1": 1}}, by(Rule("r", max_km=1.0)), Place("P1", **KAOHSIUNG))
    assert far.locations == ("P1",), "where nobody knows where the goods go, no place is too far"


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        (Rule("r", sorts=(Sort.PROXIMITY,)), "P2"),
        (Rule("r", sorts=(Sort.BALANCE,)), "P3"),
        (Rule("r", sorts=(Sort.SEQUENCE,), sequence=("far", "P2")), "P1"),
        (Rule("r", sorts=(Sort.CAPACITY,)), "P2"),
        (Rule("r", sorts=(Sort.EARLIEST,)), "P3"),
        (Rule("r", sorts=(Sort.CONFIDENCE,)), "P3"),
        (Rule("r", sorts=()), "P1"),
    ],
)
def test_places_are_ranked(rule: Rule, first: str) -> None:
    tomorrow = Hours(((), *(((Span(time(9)),),) * 6)))
    made = (
        Place("P1", groups=frozenset({"far"}), daily_limit=3, hours=tomorrow, **KAOHSIUNG),
        Place("P2", daily_limit=9, hours=tomorrow, **TAIPEI),
        Place("P3", daily_limit=5),
    )
    limits = Limits(confidence={("A", "P1"): 300, ("A", "P2"): 600, ("A", "P3"): 900})
    found = decide(wants(("A", 1), **TAIPEI), {"A": {"P1": 1, "P2": 1, "P3": 7}}, by(rule), *made, limits=limits)
    assert found.locations == (first,)
    assert set(RANKERS) == set(Sort)


def test_ties_go_on_to_the_next_sort_and_who_abstains_stands_last() -> None:
    rule = Rule("r", sorts=(Sort.SEQUENCE, Sort.BALANCE), sequence=("group",))
    made = [Place("P1"), *(Place(code, groups=frozenset({"group"})) for code in ("P2", "P3"))]
    found = decide(wants(("A", 1)), {"A": {"P1": 9, "P2": 1, "P3": 2}}, by(rule), *made)
    assert [row[1] for row in found.trace["rules"][0]["ranked"]] == ["P3", "P2", "P1"]
    assert found.trace["rules"][0]["ranked"][2] == [3, "P1", None, -9]


WEEK = Hours(
    week=(*(((Span(time(11), time(21), time(17)),),) * 6), ()),
    exceptions=((date(2026, 11, 24), ()), (date(2026, 11, 29), (Span(time(12), time(13)),))),
)


@pytest.mark.parametrize(
    ("at", "leaving"),
    [
        ("2026-11-23T11:30", "2026-11-23T21:00"),
        ("2026-11-23T16:59", "2026-11-23T21:00"),
        ("2026-11-23T17:00", "2026-11-25T21:00"),  # past the cut-off, and Tuesday is closed
        ("2026-11-28T18:00", "2026-11-29T13:00"),  # a Sunday that is open all the same
    ],
)
def test_goods_leave_by_hours_exceptions_and_cut_off_in_the_places_own_zone(at: str, leaving: str) -> None:
    now = datetime.fromisoformat(f"{at}+08:00")
    assert leaves(WEEK, "Asia/Taipei", now) == datetime.fromisoformat(f"{leaving}+08:00")
    assert leaves(None, "Asia/Taipei", now) == now


def test_who_cannot_send_it_in_time_is_not_asked() -> None:
    late = datetime.fromisoformat("2026-11-23T18:00+08:00")
    shops = (Place("P1", hours=WEEK), Place("P2"))
    express = decide(wants(("A", 1), expedited=True), ONE, by(Rule("r")), *shops, now=late)
    assert (express.locations, outs(express)["CUT_OFF"]) == (("P2",), ["P1"])
    due = datetime.fromisoformat("2026-11-24T12:00+08:00")
    promised = decide(wants(("A", 1), promise_time=due), ONE, by(Rule("r")), *shops, now=late)
    assert (promised.locations, outs(promised)["TOO_LATE"]) == (("P2",), ["P1"])
    # 17:00 in Taipei is past the cut-off there and not yet in a zone an hour behind
    behind = Place("P1", time_zone="Asia/Bangkok", hours=WEEK)
    assert decide(wants(("A", 1), expedited=True), ONE, by(Rule("r")), behind, now=late - timedelta(hours=1)).locations


def test_a_batch_serves_the_least_free_first_where_that_is_better_and_the_urgent_before_all() -> None:
    stock = {"A": {"P1": 1, "P2": 1}, "B": {"P1": 1}}
    strategy = by(in_turn("P1", "P2"))

    def together(priority: int) -> dict[str, list[tuple[int, str, int]]]:
        free = wants(("A", 1), priority=priority)
        bound = wants(("A", 1), ("B", 1))
        made = source_all(
            [free, type(bound)("o2", bound.lines, NOW)],
            stock,
            [Place("P1"), Place("P2")],
            lambda _: strategy,
            lambda: NOW,
            Limits(),
        )
        return {key: places(one) for key, one in made.items()}

    assert together(0) == {"o1": [(1, "P2", 1)], "o2": [(1, "P1", 1), (2, "P1", 1)]}
    urgent = together(1)
    assert (urgent["o1"], sorted(urgent["o2"])) == ([(1, "P1", 1)], [(1, "P2", 1), (2, "P1", 1)])


def test_two_strategies_are_compared_by_shipments_distance_cost_and_what_has_no_place() -> None:
    order = wants(("A", 1), ("B", 1), **TAIPEI)
    made = [Place("P1", **TAIPEI), Place("P2", **KAOHSIUNG)]
    stock = {"A": {"P1": 1, "P2": 1}, "B": {"P2": 1}}
    before = decide(order, stock, by(in_turn("P1", rule_id="split", partial=True)), *made)
    after = decide(order, stock, by(Rule("near", max_km=50.0, partial=True)), *made)
    found = compare([order], made, {"o1": before}, {"o1": after}, Prices(shipment=80, km=2))
    assert (found.changed, found.changed_percent) == (("o1",), 100.0)
    assert (found.before.shipments, found.before.unplaced_units) == (1, 0)
    assert 290 < found.before.km < 300
    assert found.before.cost == 80 + round(found.before.km * 2)
    assert (found.after.shipments, found.after.unplaced_orders, found.after.cost) == (1, 1, 80)
