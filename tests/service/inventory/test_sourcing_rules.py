"""Rule sets: written as drafts, refused by field, tried on past orders, made to decide, never in the way."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import sourcing_pb2
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from tests.service.inventory.conftest import HQ, Inventory, new
from tests.service.inventory.sourcing_rig import ORDER, Sourced, manager, rule_set, trace

PARTIAL = {"allow_partial": True}


@pytest_asyncio.fixture
async def sourced(inventory: Inventory) -> AsyncIterator[Sourced]:
    yield Sourced(inventory, rpc.SourcingServiceStub(inventory.channel))


async def test_a_rule_set_is_a_draft_until_it_is_made_to_decide(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 9, ("COAT", "TPE02"): 9})
    draft = await sourced.rules({"sorts": ["SOURCING_SORT_SEQUENCE"], "sequence": ["TPE02"]}, activate=False)
    assert (draft.version, draft.state) == (1, sourcing_pb2.RULE_SET_STATE_DRAFT)
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}
    await sourced.call("ActivateRuleSet", rule_set_id="brand", version=1)
    by_rule = await sourced.order(("COAT", 1))
    assert await sourced.places(by_rule) == {1: "TPE02"}
    (decision,) = await sourced.explained(by_rule)
    assert (decision.rule_set_id, decision.rule_version, decision.fallback) == ("brand", 1, "")
    second = await sourced.rules({"sorts": ["SOURCING_SORT_SEQUENCE"], "sequence": ["TPE01"]})
    assert second.version == 2
    listed = (await sourced.call("ListRuleSets")).rule_sets
    states = {one.version: sourcing_pb2.RuleSetState.Name(one.state).removeprefix("RULE_SET_STATE_") for one in listed}
    assert states == {2: "ACTIVE", 1: "RETIRED"}
    got = (await sourced.call("GetRuleSet", rule_set_id="brand", version=1)).rule_set
    assert list(got.routes[0].rules[0].sequence) == ["TPE02"]
    await sourced.call("RetireRuleSet", rule_set_id="brand")
    assert (await sourced.explained(await sourced.order(("COAT", 1))))[0].fallback == "NO_STRATEGY"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (rule_set(), "routes[0].rules"),
        (sourcing_pb2.RuleSet(rule_set_id="brand"), "routes"),
        (rule_set({"rule_id": ""}), "routes[0].rules[0].rule_id"),
        (rule_set({"rule_id": "a"}, {"rule_id": "a"}), "routes[0].rules[1].rule_id"),
        (rule_set({"max_km": -1}), "routes[0].rules[0].max_km"),
        (rule_set({"safety_stock": -1}), "routes[0].rules[0].safety_stock"),
        (rule_set({"groups": ["a"], "groups_excluded": ["a"]}), "routes[0].rules[0].groups_excluded"),
        (rule_set({"sequence": ["TPE01"]}), "routes[0].rules[0].sequence"),
        (rule_set({"then": "SOURCING_THEN_QUEUE"}), "routes[0].rules[0].queue"),
        (rule_set({"queue": "q"}), "routes[0].rules[0].queue"),
        (rule_set({}, max_splits=11), "max_splits"),
        (rule_set({}, route={"channel_ids": ["web"], "channel_ids_excluded": ["web"]}), "channel_ids_excluded"),
        (rule_set({}, rule_set_id=" "), "rule_set.rule_set_id"),
    ],
)
async def test_a_rule_that_cannot_stand_is_refused_by_its_field(
    sourced: Sourced, given: sourcing_pb2.RuleSet, field: str
) -> None:
    with pytest.raises(Fault) as refused:
        await sourced.call("PutRuleSet", rule_set=given)
    assert refused.value.reason == "FIELD_INVALID"
    assert refused.value.metadata["field"].endswith(field)


async def test_what_looks_wrong_comes_as_a_warning(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 1}, TPE01={"groups": ["north"]})
    answer = await sourced.call("PutRuleSet", rule_set=rule_set({"groups": ["nroth"]}, {"groups": ["north"]}))
    assert [(one.field, one.text) for one in answer.warnings] == [
        ("routes[0].rules[0].groups", "no location is in nroth"),
        ("routes[0].rules[0]", "excludes every location; the default would decide"),
    ]


async def test_rules_that_exclude_everything_fall_back_and_say_so(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5})
    await sourced.rules({"groups": ["nobody"], "then": "SOURCING_THEN_QUEUE", "queue": "short"})
    order_id = await sourced.order(("COAT", 1))
    assert await sourced.places(order_id) == {1: "TPE01"}
    (decision,) = await sourced.explained(order_id)
    assert (decision.fallback, decision.rule_set_id) == ("EXCLUDES_ALL", "default")
    assert "The default strategy decided: the rules exclude every place." in decision.lines_en


async def test_a_rule_set_that_cannot_be_read_blocks_nobody(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5})
    await sourced.rules(PARTIAL)
    async with sourced.inventory.db.transaction() as tx:
        await tx.execute("UPDATE sourcing_rule_sets SET document = '{\"routes\": 7}'")
    order_id = await sourced.order(("COAT", 1))
    (decision,) = await sourced.explained(order_id)
    assert (decision.fallback, await sourced.places(order_id)) == ("BROKEN", {1: "TPE01"})


async def test_a_channel_has_its_own_rules_and_two_never_decide_for_one(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5, ("COAT", "TPE02"): 5})
    first = {"sorts": ["SOURCING_SORT_SEQUENCE"]}
    await sourced.rules({**first, "sequence": ["TPE01"]})
    await sourced.rules({**first, "sequence": ["TPE02"]}, rule_set_id="app", channel_ids=["app"])
    assert await sourced.places(await sourced.order(("COAT", 1))) == {1: "TPE01"}
    assert await sourced.places(await sourced.order(("COAT", 1), channel_id="app")) == {1: "TPE02"}
    for given, channel in (({"rule_set_id": "b2"}, ""), ({"rule_set_id": "a2", "channel_ids": ["x", "app"]}, "app")):
        with pytest.raises(Fault) as refused:
            await sourced.rules(PARTIAL, **given)
        assert (refused.value.reason, refused.value.metadata["channel_id"]) == ("RULE_SET_CLASH", channel)


async def test_routes_take_their_orders_and_may_park_them(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 5})
    park = sourcing_pb2.SourcingRoute(route_id="app", channel_ids=["app"], park_queue="preorder")
    given = rule_set(PARTIAL)
    given.routes.insert(0, park)
    stored = (await sourced.call("PutRuleSet", rule_set=given)).rule_set
    await sourced.call("ActivateRuleSet", rule_set_id="brand", version=stored.version)
    parked, sent = await sourced.order(("COAT", 1), channel_id="app"), await sourced.order(("COAT", 1))
    assert (await sourced.state(parked), await sourced.state(sent)) == ("UNPLACED", "SOURCED")
    waiting = (await sourced.call("ListUnplaced", queue="preorder")).sourcings
    assert [one.order_id for one in waiting] == [parked]


async def test_a_draft_is_tried_on_past_orders_and_writes_nothing(sourced: Sourced) -> None:
    """One warehouse for all, against the nearest: places change, stock and orders do not."""
    await sourced.chain(
        {("COAT", "TPE01"): 9, ("HAT", "TPE01"): 0, ("COAT", "WH1"): 9, ("HAT", "WH1"): 9},
        WH1={"kind": 2, "groups": ["warehouse"]},
    )
    first = {"sorts": ["SOURCING_SORT_SEQUENCE"], "allow_partial": True}
    await sourced.rules({**first, "sequence": ["TPE01", "WH1"]})
    orders = [await sourced.order(("COAT", 1)) for _ in range(3)]
    both = await sourced.order(("COAT", 1), ("HAT", 1))
    await sourced.rules({**first, "groups": ["warehouse"], "sequence": ["WH1"]}, activate=False)
    before = await _everything(sourced)
    found = await sourced.call("SimulateRuleSet", rule_set_id="brand", version=2, shipment_cost=80)
    assert (found.before.orders, found.before.shipments, found.after.shipments) == (4, 4, 4)
    assert (found.changed_percent, sorted(found.changed_order_ids)) == (75.0, sorted(orders))
    assert (found.before.cost, found.after.cost, found.after.unplaced_units) == (320, 320, 0)
    assert both not in found.changed_order_ids
    assert await _everything(sourced) == before


async def _everything(sourced: Sourced) -> Any:
    tables = ("stock_levels", "allocations", "sourcing_orders", "sourcing_decisions", "sourcing_assignments", "outbox")
    async with sourced.inventory.db.read() as tx:
        return [await tx.fetchval(f"SELECT jsonb_agg(t ORDER BY t::text) FROM {table} t") for table in tables]


async def test_versions_come_in_pages(sourced: Sourced) -> None:
    for _ in range(3):
        await sourced.rules(PARTIAL, activate=False)
    first = await sourced.call("ListRuleSets", page_size=2)
    second = await sourced.call("ListRuleSets", page_size=2, page_token=first.next_page_token)
    assert [one.version for page in (first, second) for one in page.rule_sets] == [3, 2, 1]


async def test_who_may_write_and_who_may_look(sourced: Sourced) -> None:
    await sourced.chain({("COAT", "TPE01"): 1})
    order_id = await sourced.order(("COAT", 1))
    analyst = {**HQ, "roles": ["analyst"]}
    member = {"audience": "shop", "sub": "m1"}
    refused: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("PutRuleSet", analyst, {"rule_set": rule_set(PARTIAL)}),
        ("ActivateRuleSet", manager(), {"rule_set_id": "brand", "version": 1}),
        ("ListRuleSets", manager(), {}),
        ("ExplainSourcing", member, {"order_id": order_id}),
        ("RunQueue", analyst, {"queue": "q"}),
        ("RejectAssignment", member, {"order_id": order_id, "location_id": "TPE01", "reason": "X"}),
        ("PauseLocation", analyst, {"location_id": "TPE01", "paused": True}),
    )
    for name, who, given in refused:
        with pytest.raises(Fault) as denied:
            await sourced.call(name, who, **given)
        assert denied.value.reason == "PERMISSION_DENIED", name
    for who in (manager(), analyst, ORDER):
        found = await sourced.call("ExplainSourcing", who, order_id=order_id)
        assert trace(found.decisions[0])["left"] == []
    for name, given in (("GetRuleSet", {"rule_set_id": "x"}), ("SimulateRuleSet", {"rule_set_id": "x"})):
        with pytest.raises(Fault) as unknown:
            await sourced.call(name, analyst, **given)
        assert unknown.value.reason == "RULE_SET_UNKNOWN"
    with pytest.raises(Fault) as nothing:
        await sourced.call("GetSourcing", order_id=new())
    assert nothing.value.reason == "NOT_FOUND"
