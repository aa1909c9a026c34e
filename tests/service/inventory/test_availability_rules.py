"""Rules of what can be sold, as headquarters write, try and activate them."""

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import availability_service_pb2 as msg
from services.inventory.availability import impact
from tests.depth import PATIENCE
from tests.service.inventory.conftest import HQ, Inventory, device, member, new
from tests.service.inventory.reading import (
    activate,
    decide,
    draft,
    only,
    previewed,
    rule,
    shipped,
    stub,
)
from tests.service.inventory.shop import channels, refused

LEVELS, HIDDEN = pb.STOCK_DISPLAY_KIND_LEVELS, pb.STOCK_DISPLAY_KIND_HIDDEN
STAFF = {"audience": "staff", "sub": "s1", "staff_code": "A102", "roles": ["cashier"], "locations": ["X"]}


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """A hundred of A at each of X and Y, both of which ship, and the channels."""
    await channels(inventory)
    await inventory.stocked({("A", "X"): 100, ("A", "Y"): 100})
    await inventory.put_locations("X", "Y", ships=True, sellable=True)
    return inventory


async def test_rules_live_in_versions(shop: Inventory) -> None:
    first, second = await decide(shop, rule("a", "THRESHOLD", quantity=1)), await draft(shop, rule("b", "THRESHOLD"))
    assert [await shipped(shop), second.rules.state] == [199, pb.AVAILABILITY_RULES_STATE_DRAFT]
    await activate(shop, second.rules.version)
    assert await shipped(shop) == 200
    await activate(shop, first)
    assert await shipped(shop) == 199
    request = msg.ListAvailabilityRulesRequest(page_size=1)
    listed = await shop.call(stub(shop).ListAvailabilityRules, request, HQ)
    request.page_token = listed.next_page_token
    older = await shop.call(stub(shop).ListAvailabilityRules, request, HQ)
    states = [(one.version, pb.AvailabilityRulesState.Name(one.state)[25:]) for one in (*listed.rules, *older.rules)]
    assert states == [(2, "RETIRED"), (1, "ACTIVE")]
    got = await shop.call(stub(shop).GetAvailabilityRules, msg.GetAvailabilityRulesRequest(), HQ)
    assert (got.rules.version, got.rules.rules[0].rule_id, got.rules.actor.id) == (1, "a", HQ["sub"])
    missing = shop.call(stub(shop).GetAvailabilityRules, msg.GetAvailabilityRulesRequest(version=9), HQ)
    assert (await refused(missing)).reason == "RULES_UNKNOWN"
    assert (await refused(activate(shop, 9))).reason == "RULES_UNKNOWN"
    assert (await refused(previewed(shop, 9))).reason == "RULES_UNKNOWN"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (rule("a", "SAFETY_STOCK", quantity=-1), "rules[1].quantity"),
        (rule("fine", "SAFETY_STOCK"), "rules[1].rule_id"),
        (rule("a", "UNSPECIFIED"), "rules[1].kind"),
        (rule("a", "SAFETY_STOCK", places=only("LOCATION", "NOWHERE")), "rules[1].places.include[0].values"),
        (rule("a", "SAFETY_STOCK", places=only("GROUP", "nowhere")), "rules[1].places.include[0].values"),
        (rule("a", "SAFETY_STOCK", goods=only("SKU", "NOTHING")), "rules[1].goods.include[0].values"),
        (rule("a", "SAFETY_STOCK", goods=only("OPTION", "M")), "rules[1].goods.include[0].values"),
        (rule("a", "THRESHOLD", channel_ids=["nowhere"]), "rules[1].channel_ids"),
        (rule("a", "DISPLAY"), "rules[1].display.kind"),
    ],
)
async def test_an_authors_error_points_at_the_field(shop: Inventory, wrong: Any, field: str) -> None:
    fault = await refused(draft(shop, rule("fine", "SAFETY_STOCK"), wrong))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)


async def test_windows_that_overlap_are_said_and_the_later_wins(shop: Inventory) -> None:
    def window(rule_id: str, quantity: int, begins: int, ends: int) -> Any:
        moments = (Timestamp(), Timestamp())
        for moment, hours in zip(moments, (begins, ends), strict=True):
            moment.FromDatetime(shop.clock() + timedelta(hours=hours))
        return rule(rule_id, "THRESHOLD", quantity=quantity, start_time=moments[0], end_time=moments[1])

    drafted = await draft(shop, window("a", 1, -1, 2), window("b", 2, 1, 3))
    assert [one.field for one in drafted.warnings] == ["rules[0].start_time"]
    await activate(shop, drafted.rules.version)
    figures = []
    for _ in range(4):
        figures.append(await shipped(shop))
        shop.clock.advance(hours=1)
    assert figures == [199, 198, 198, 200]
    fault = await refused(draft(shop, window("a", 1, 1, 1)))
    assert fault.metadata["field"] == "rules[0].end_time"


async def test_a_draft_says_what_it_would_change(shop: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "_SECONDS", PATIENCE)
    await shop.stocked({(f"S{number}", "X"): 10 for number in range(5)})
    await shop.put_locations("X", "Y", ships=True, sellable=True)
    safe = rule("s", "SAFETY_STOCK", goods=only("SKU", "S1", "S2"), places=only("LOCATION", "X"), quantity=4)
    first = (await draft(shop, safe)).rules
    told = await previewed(shop, first.version)
    assert (told.skus, told.changed_skus, told.changed_channel_figures, told.changed_pickup_figures) == (6, 2, 6, 2)
    assert not told.truncated
    examples = [(one.sku, one.channel_id or one.location_id, one.before, one.after) for one in told.examples]
    assert examples == [(sku, where, 10, 6) for sku in ("S1", "S2") for where in ("app", "stores", "web", "X")]
    page = await previewed(shop, first.version, 1)
    rest = await previewed(shop, first.version, 1, page.next_page_token)
    assert ({one.sku for one in page.examples}, {one.sku for one in rest.examples}) == ({"S1"}, {"S2"})
    await activate(shop, first.version)
    assert (await previewed(shop, first.version)).changed_skus == 0
    assert await shipped(shop, "S1") == 6


async def test_who_may_write_rules(shop: Inventory) -> None:
    request = msg.PutAvailabilityRulesRequest(request_id=new())
    for who in (member(), STAFF, device("X")):
        assert (await refused(shop.call(stub(shop).PutAvailabilityRules, request, who))).code == "PERMISSION_DENIED"
