"""What can be sold, by rules of which the last that matches wins."""

from datetime import timedelta

import pytest

from kit.errors import Fault
from services.inventory.availability import domain_atp, domain_author, domain_explain, domain_watch
from services.inventory.availability.domain_atp import Band, Shelf
from services.inventory.availability.domain_author import Known
from services.inventory.availability.domain_filters import Clause, Field, Filter
from services.inventory.availability.domain_limits import Out, Outlet, Site
from services.inventory.availability.domain_rules import Display, Kind, Rule, Ruleset, Show
from services.inventory.availability.domain_watch import Seen
from services.inventory.catalogue.domain_kits import Component
from tests.unit.inventory.limits import NOW, atp, limits, placed, tagged


def test_a_threshold_is_kept_back_from_the_pool() -> None:
    assert atp(limits(Rule("t", Kind.THRESHOLD, quantity=10)), {"X": 100, "Y": 100}) == 190


def test_a_stores_deficit_does_not_eat_anothers_stock() -> None:
    safe = Rule("s", Kind.SAFETY_STOCK, quantity=5)
    assert atp(limits(safe), {"X": -30, "Y": 12}) == 7
    assert atp(limits(safe), {"X": 3, "Y": 12}) == 7


def test_demand_that_waits_for_a_location_is_not_offered() -> None:
    assert atp(limits(), {"X": 5, "Y": 4}, unassigned=7) == 2
    assert atp(limits(), {"X": 5}, unassigned=7) == 0


def test_the_last_rule_that_matches_wins() -> None:
    rules = (
        Rule("all", Kind.SAFETY_STOCK, quantity=9),
        Rule("winter", Kind.SAFETY_STOCK, goods=tagged("winter"), quantity=4),
        Rule("x", Kind.SAFETY_STOCK, goods=tagged("winter"), places=placed("X"), quantity=1),
    )
    found = limits(*rules, goods={"A": ("winter",), "B": ()})
    assert [found.safety("A", "X"), found.safety("A", "Y"), found.safety("B", "X")] == [1, 4, 9]


def test_filters_include_and_exclude() -> None:
    both = Rule("b", Kind.SAFETY_STOCK, goods=tagged("winter", "sale", every=True), quantity=3)
    but = Rule("n", Kind.SAFETY_STOCK, goods=Filter(tagged("winter").include, tagged("sale").include), quantity=2)
    every = Filter((*tagged("winter").include, *tagged("sale").include), every=True)
    goods = {"A": ("winter", "sale"), "B": ("winter",), "C": ("sale",)}
    assert [limits(both, goods=goods).safety(sku, "X") for sku in goods] == [3, 0, 0]
    assert [limits(but, goods=goods).safety(sku, "X") for sku in goods] == [0, 2, 0]
    all_of = limits(Rule("e", Kind.SAFETY_STOCK, goods=every, quantity=1), goods=goods)
    assert [all_of.safety(sku, "X") for sku in goods] == [1, 0, 0]


def test_a_rule_holds_within_its_window() -> None:
    rule = Rule("w", Kind.THRESHOLD, quantity=3, start=NOW, end=NOW + timedelta(days=1))
    when = {NOW - timedelta(seconds=1): 9, NOW: 6, NOW + timedelta(days=1): 9}
    assert [atp(limits(rule, at=at), {"X": 9}) for at in when] == list(when.values())
    assert Ruleset(1, (rule,)).next_edge(NOW) == NOW + timedelta(days=1)


def test_who_serves_a_channel() -> None:
    sites = (
        Site("A-STORE", "STORE"),
        Site("B-WAREHOUSE", "WAREHOUSE"),
        Site("CLOSED", "STORE", active=False),
        Site("FRANCHISE", "STORE", franchise=True),
        Site("OPTED-IN", "STORE", franchise=True, opted_in=True),
        Site("NO-SHIPPING", "STORE", ships=False),
        Site("SHIP-ONLY", "WAREHOUSE", sellable=False, pickup=True),
        Site("VIRTUAL", "VIRTUAL"),
    )
    found = limits(sites=sites, outlets=(Outlet("web"), Outlet("stores", online=False)))
    assert found.pool("web", "A") == ("B-WAREHOUSE", "SHIP-ONLY", "A-STORE", "OPTED-IN")
    assert "FRANCHISE" in found.pool("stores", "A")
    assert found.pool("nowhere", "A") == ()


def test_a_source_may_ship_and_not_sell_and_the_reverse() -> None:
    sites = (Site("SHIP-ONLY", "WAREHOUSE", sellable=False), Site("SELL-ONLY", "STORE", ships=False))
    found, shelves = limits(sites=sites), {"A": Shelf({"SHIP-ONLY": 4, "SELL-ONLY": 3})}
    assert domain_atp.for_channel(found, shelves, "web", "A") == 4
    assert [domain_atp.for_pickup(found, shelves, "A", one) for one in ("SHIP-ONLY", "SELL-ONLY")] == [0, 3]


def test_a_channels_groups_and_rules_narrow_its_pool() -> None:
    sites = (Site("X", "STORE", frozenset({"north"})), Site("Y", "STORE"), Site("Z", "STORE", frozenset({"north"})))
    outlets = (Outlet("web", groups=frozenset({"north"})), Outlet("app"))
    out = Rule("no", Kind.SHIPPABLE, places=placed("Z"), allowed=False, channel_ids=frozenset({"web"}))
    found = limits(out, sites=sites, outlets=outlets)
    assert (found.pool("web", "A"), found.pool("app", "A")) == (("X",), ("X", "Y", "Z"))
    assert found.why_not_shipped("web", "A", sites[2]) == (Out.RULED_OUT, out)
    again = Rule("yes", Kind.SHIPPABLE, places=placed("Z"), allowed=True)
    assert limits(out, again, sites=sites, outlets=outlets).pool("web", "A") == ("X", "Z")


def test_stock_that_nobody_is_sure_of_is_not_offered() -> None:
    rule = Rule("sure", Kind.MIN_CONFIDENCE, quantity=800)
    found = limits(rule, confidence={("A", "X"): 799, ("A", "Y"): 800})
    assert atp(found, {"X": 5, "Y": 3}) == 3
    assert not found.pickable("A", "X")
    assert found.pickable("A", "Y")


def test_rules_that_exclude_everything_leave_nothing_and_say_so() -> None:
    found = limits(Rule("none", Kind.SHIPPABLE, allowed=False))
    shelves = {"A": Shelf({"X": 5, "Y": 5})}
    told = domain_explain.explain(found, shelves, "web", "A")
    assert told.available == 0
    assert told.remarks == ("the rules leave no location that serves this channel: nothing can be sold",)
    assert {part.excluded_rule.rule_id for part in told.parts if part.excluded_rule} == {"none"}


def test_the_explanation_adds_up() -> None:
    rules = (Rule("s", Kind.SAFETY_STOCK, places=placed("X"), quantity=2), Rule("t", Kind.THRESHOLD, quantity=3))
    told = domain_explain.explain(limits(*rules), {"A": Shelf({"X": 10, "Y": 4}, 1)}, "web", "A")
    assert [(part.location_id, part.counted, part.safety) for part in told.parts] == [("X", 8, 2), ("Y", 4, 0)]
    assert told.threshold_rule is not None
    assert told.available == 8 + 4 - told.threshold_rule.quantity - told.unassigned


def test_a_kit_is_as_scarce_as_its_scarcest_part_at_each_place() -> None:
    kits = {"KIT": (Component("CUP", 1), Component("PLATE", 2))}
    found = limits(goods={"KIT": (), "CUP": (), "PLATE": ()}, kits=kits)
    shelves = {"CUP": Shelf({"X": 5, "Y": 9}), "PLATE": Shelf({"X": 7, "Y": 1})}
    assert domain_atp.for_channel(found, shelves, "web", "KIT") == 3
    safe = Rule("s", Kind.SAFETY_STOCK, goods=Filter((Clause(Field.SKU, frozenset({"PLATE"})),)), quantity=3)
    kept = limits(safe, goods={"KIT": (), "CUP": (), "PLATE": ()}, kits=kits)
    assert domain_atp.for_channel(kept, shelves, "web", "KIT") == 2
    assert domain_atp.unassigned(found, {"PLATE": Shelf({}, 3)}, "KIT") == 2


def test_collecting_from_the_store_itself_or_with_what_others_send() -> None:
    found, shelves = limits(Rule("t", Kind.THRESHOLD, quantity=2)), {"A": Shelf({"X": 3, "Y": 7})}
    assert domain_atp.for_pickup(found, shelves, "A", "X") == 3
    assert domain_atp.later(found, shelves, "web", "A", "X") == 3 + 7 - 2
    ruled_out = limits(Rule("p", Kind.PICKABLE, places=placed("X"), allowed=False))
    assert (
        domain_atp.for_pickup(ruled_out, shelves, "A", "X")
        == domain_atp.later(ruled_out, shelves, "web", "A", "X")
        == 0
    )


def test_what_shoppers_see() -> None:
    display = Display(Show.LEVELS, 3, 10)
    assert [domain_atp.band(one, display) for one in (-1, 0, 2, 3, 9, 10)] == [
        Band.OUT, Band.OUT, Band.LOW, Band.MEDIUM, Band.MEDIUM, Band.HIGH,
    ]  # fmt: skip
    assert domain_atp.seen(7, Display()) == (7, None)
    assert domain_atp.seen(7, display) == (None, Band.MEDIUM)
    assert domain_atp.seen(7, Display(Show.HIDDEN)) == (None, None)


def test_without_a_channel_the_strictest_display_holds() -> None:
    rule = Rule("d", Kind.DISPLAY, channel_ids=frozenset({"app"}), display=Display(Show.HIDDEN))
    found = limits(rule, outlets=(Outlet("web"), Outlet("app"), Outlet("stores", online=False)))
    assert [found.display(one, "A").show for one in ("web", "app", "")] == [Show.EXACT, Show.HIDDEN, Show.HIDDEN]


def test_only_what_came_or_went_is_told() -> None:
    before = Seen("A", frozenset({"web"}), frozenset({"X"}), 4)
    after, told = domain_watch.compare(before, Seen("A", frozenset({"app"}), frozenset({"X"})))
    assert [(one.pickup, one.back, one.changed, one.now, one.sequence) for one in told] == [
        (False, True, ["app"], ["app"], 5),
        (False, False, ["web"], ["app"], 6),
    ]
    assert after.version == 6
    assert domain_watch.compare(after, after)[1] == []


KNOWN = Known({"A"}, {"X"}, {"north"}, {"web"})


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule("r", Kind.SAFETY_STOCK, channel_ids=frozenset({"web"})), "rules[0].channel_ids"),
        (Rule("r", Kind.THRESHOLD, places=placed("X")), "rules[0].places"),
        (Rule("r", Kind.SAFETY_STOCK, quantity=-1), "rules[0].quantity"),
        (Rule("r", Kind.MIN_CONFIDENCE, quantity=1001), "rules[0].quantity"),
        (Rule("r", Kind.SHIPPABLE, quantity=1), "rules[0].quantity"),
        (Rule("r", Kind.SHIPPABLE, display=Display(Show.HIDDEN)), "rules[0].display"),
        (Rule("r", Kind.DISPLAY, display=Display(Show.LEVELS, 5, 3)), "rules[0].display.high_from"),
        (Rule("r", Kind.SAFETY_STOCK, start=NOW, end=NOW), "rules[0].end_time"),
        (Rule("r", Kind.SAFETY_STOCK, goods=placed("X")), "rules[0].goods.include[0].field"),
        (Rule("r", Kind.SAFETY_STOCK, places=placed("NOWHERE")), "rules[0].places.include[0].values"),
        (Rule("r", Kind.DISPLAY, channel_ids=frozenset({"nowhere"})), "rules[0].channel_ids"),
    ],
)
def test_an_authors_error_points_at_its_field(rule: Rule, field: str) -> None:
    def author() -> None:
        domain_author.check([rule])
        domain_author.check_names([rule], KNOWN)

    with pytest.raises(Fault) as raised:
        author()
    assert raised.value.metadata["field"] == field


def test_what_looks_wrong_is_said() -> None:
    first = Rule("first", Kind.THRESHOLD, quantity=1, start=NOW, end=NOW + timedelta(days=2))
    second = Rule("second", Kind.THRESHOLD, quantity=2, start=NOW + timedelta(days=1), end=NOW + timedelta(days=3))
    never = Rule("never", Kind.SAFETY_STOCK, goods=tagged("winter"), quantity=1)
    wide = Rule("wide", Kind.SAFETY_STOCK, quantity=1)
    found = dict(domain_author.warnings([first, second, never, wide]))
    assert found.keys() == {"rules[0].start_time", "rules[2]"}
    assert "second" in found["rules[0].start_time"]
    assert domain_author.warnings([wide, never]) == []
