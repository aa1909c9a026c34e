"""Promotion rules are checked, published, retired, and rehearsed on the orders that were."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from omo.order.v1 import promotion_rules_pb2 as rules_pb
from omo.order.v1 import promotion_service_pb2 as pb
from services.order.promotions import wire_rules
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.rig import Rig, line
from tests.unit.pricing.full_rules import FULL


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as rig:
        yield rig


def percent(rule_id: str, basis_points: int, **more: Any) -> dict[str, Any]:
    effect = {"kind": "percent_off", "basis_points": basis_points}
    return {"id": rule_id, "version": "1", "stage": "order", "trigger": "auto", "effect": effect, **more}


def document(*rules: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": "x", "rules": rules, **more})


async def put(rig: Rig, text: str, key: str) -> str:
    asked = pb.PutRulesRequest(request_id=key, rules_json=text, reason="spring")
    return str((await rig.call(rig.promotions.PutRules, asked, rig.hq())).version)


async def test_a_draft_is_told_everything_that_is_wrong_with_it(rig: Rig) -> None:
    bad = document(percent("a", 0), percent("b", 1), percent("c", 1, stage="never"))
    told = await rig.call(rig.promotions.CheckRules, pb.CheckRulesRequest(rules_json=bad), rig.hq())
    assert [(fault.path, fault.rule_id) for fault in told.faults] == [
        ("rules[0].effect.basis_points", "a"),
        ("rules[2].stage", "c"),
    ]
    shared = document(*(percent(name, 1, trigger="code", codes=["TEN"]) for name in "ab"))
    doubted = await rig.call(rig.promotions.CheckRules, pb.CheckRulesRequest(rules_json=shared), rig.hq())
    assert (list(doubted.faults), [warning.rule for warning in doubted.warnings]) == (
        [],
        ["opens b too", "opens a too"],
    )
    refused = await rig.fault(put(rig, bad, "p"))
    assert (refused.reason, refused.metadata["rule_id"]) == ("RULES_INVALID", "a")
    assert (await rig.fault(rig.call(rig.promotions.CheckRules, pb.CheckRulesRequest()))).reason == "PERMISSION_DENIED"


async def test_rules_are_published_as_messages_retired_and_listed(rig: Rig) -> None:
    typed = wire_rules.fill(rules_pb.PromotionRules(), FULL)
    asked = pb.PutRulesRequest(request_id="m1", rules=typed, reason="as messages")
    assert (await rig.call(rig.promotions.PutRules, asked, rig.hq())).version == "1"
    got = await rig.call(rig.promotions.GetRules, pb.GetRulesRequest(typed=True), rig.hq())
    assert got.rules == typed
    retire = pb.RetireRulesRequest(request_id="m2", rule_ids=["plain", "gift"], reason="over")
    assert (await rig.call(rig.promotions.RetireRules, retire, rig.hq())).version == "2"
    assert (await rig.call(rig.promotions.RetireRules, retire, rig.hq())).version == "2"
    now = json.loads((await rig.call(rig.promotions.GetRules, pb.GetRulesRequest(), rig.hq())).rules_json)
    assert [rule["id"] for rule in now["rules"]] == ["spring", "third", "suit", "freight", "twice", "sale"]
    retire.request_id = "m3"
    gone = await rig.fault(rig.call(rig.promotions.RetireRules, retire, rig.hq()))
    assert (gone.reason, gone.metadata["field"]) == ("FIELD_INVALID", "rule_ids[0]")
    first = await rig.call(rig.promotions.ListRuleVersions, pb.ListRuleVersionsRequest(page_size=1), rig.hq())
    more = pb.ListRuleVersionsRequest(page_size=1, page_token=first.next_page_token)
    second = await rig.call(rig.promotions.ListRuleVersions, more, rig.hq())
    pages = [(each.version, each.reason, each.actor_id) for each in (*first.versions, *second.versions)]
    assert pages == [("2", "over", "u1"), ("1", "as messages", "u1")]
    assert second.next_page_token == ""


async def test_a_draft_is_rehearsed_on_the_orders_that_were(rig: Rig) -> None:
    """One order under a code of 10 %, one without: a draft that halves the code and adds a rule for scarves."""
    ten = percent("ten", 1000, trigger="code", codes=["TEN"])
    await put(rig, document(ten), "r1")
    coat = await rig.place(lines=[line("COAT")], coupon_codes=["ten"])
    scarf = await rig.place(lines=[line("SCARF", 2)])
    assert coat.totals.grand_total.minor_units == 2700
    scarves = percent("scarves", 2000, stage="line", scope={"include": {"skus": ["SCARF"]}})
    draft = document(percent("ten", 500, trigger="code", codes=["TEN"]), scarves)
    told = await rig.call(rig.promotions.RehearseRules, pb.RehearseRulesRequest(rules_json=draft), rig.hq())
    assert (told.orders, told.list_total, told.unpriced_orders) == (2, 4980, 0)
    assert (told.discount_before, told.discount_after) == (300, 150 + 396)
    assert [(each.rule_id, each.discount_before, each.discount_after) for each in told.rules] == [
        ("scarves", 0, 396),
        ("ten", 300, 150),
    ]
    assert [each.order_id for each in told.changed] == [scarf.order_id, coat.order_id]
    assert [(each.sku, each.discount_before, each.discount_after) for each in told.changed[1].lines] == [
        ("COAT", 300, 150)
    ]
    same = pb.RehearseRulesRequest(rules_json=document(ten))
    assert (await rig.call(rig.promotions.RehearseRules, same, rig.hq())).changed_orders == 0
    assert (await rig.call(rig.promotions.GetRules, pb.GetRulesRequest(), rig.hq())).version == "1"
    elsewhere = pb.RehearseRulesRequest(rules_json=draft, channel_id="stores")
    assert (await rig.call(rig.promotions.RehearseRules, elsewhere, rig.hq())).orders == 0
    too_many = pb.RehearseRulesRequest(rules_json=draft, orders=1001)
    assert (await rig.fault(rig.call(rig.promotions.RehearseRules, too_many, rig.hq()))).metadata["field"] == "orders"
