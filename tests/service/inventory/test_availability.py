"""What can be sold where, read as shops, stores and headquarters read it."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import availability_service_pb2 as msg
from omo.inventory.v1 import catalogue_pb2
from tests.service.inventory.conftest import HQ, Inventory, device, member, movement, new
from tests.service.inventory.reading import (
    activate,
    decide,
    draft,
    explained,
    only,
    previewed,
    rule,
    shipped,
    stocks,
    stub,
    table,
)
from tests.service.inventory.shop import channels, product, put, refused, variant

LEVELS, HIDDEN = pb.STOCK_DISPLAY_KIND_LEVELS, pb.STOCK_DISPLAY_KIND_HIDDEN
STAFF = {"audience": "staff", "sub": "s1", "staff_code": "A102", "roles": ["cashier"], "locations": ["X"]}


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """A hundred of A at each of X and Y, both of which ship, and the channels."""
    await channels(inventory)
    await inventory.stocked({("A", "X"): 100, ("A", "Y"): 100})
    await inventory.put_locations("X", "Y", ships=True, sellable=True)
    return inventory


async def test_a_channels_figure(shop: Inventory) -> None:
    assert await shipped(shop) == 200
    await decide(shop, rule("keep", "THRESHOLD", quantity=10))
    assert await shipped(shop) == 190
    await decide(
        shop, rule("keep", "THRESHOLD", quantity=10), rule("app", "THRESHOLD", channel_ids=["app"], quantity=50)
    )
    assert [await shipped(shop), await shipped(shop, channel="app")] == [190, 150]


async def test_safety_stock_of_a_store(shop: Inventory) -> None:
    await shop.post(movement("A", "X", -97, "ADJUSTMENT"))
    await decide(shop, rule("s", "SAFETY_STOCK", places=only("LOCATION", "X"), quantity=5))
    assert await shipped(shop) == 100
    told = await explained(shop)
    assert [(one.location_id, one.available, one.safety, one.safety_rule_id, one.counted) for one in told.parts] == [
        ("X", 3, 5, "s", 0),
        ("Y", 100, 0, "", 100),
    ]


async def test_holds_count_and_expired_ones_do_not(shop: Inventory) -> None:
    await shop.hold([("A", 30, "X")], ttl_seconds=60)
    assert await shipped(shop) == 170
    shop.clock.advance(seconds=61)
    assert await shipped(shop) == 200
    assert list((await table(shop, "A", at=["X", "Y"])).available) == [100, 100]


async def test_rules_look_at_products_and_groups(shop: Inventory) -> None:
    await put(
        shop, product("P2", variant("B", options={"size": "M"}), tags=["winter"], categories=["Coats"], brand="H")
    )
    await shop.put_locations("X", ships=True, sellable=True, groups=["north"])
    await shop.post(movement("B", "X", 10, "OPENING"), movement("B", "Y", 10, "OPENING"))
    for number, field in enumerate([("TAG", "winter"), ("CATEGORY", "Coats"), ("BRAND", "H"), ("OPTION", "size=M")]):
        await decide(
            shop, rule("s", "SAFETY_STOCK", goods=only(*field), places=only("GROUP", "north"), quantity=number + 1)
        )
        assert [await shipped(shop, "B"), await shipped(shop)] == [20 - number - 1, 200]
    await decide(shop, rule("no", "SHIPPABLE", places=only("LOCATION_KIND", "STORE"), goods=only("SKU", "B")))
    assert [await shipped(shop, "B"), await shipped(shop)] == [0, 200]


async def test_a_change_of_the_catalogue_is_seen_at_once(shop: Inventory) -> None:
    await decide(shop, rule("s", "THRESHOLD", goods=only("TAG", "winter"), quantity=7))
    assert await shipped(shop) == 200
    await put(shop, product("P-A", variant("A"), tags=["winter"]))
    assert await shipped(shop) == 193
    await shop.put_locations("Y", ships=False, sellable=True)
    assert await shipped(shop) == 93


async def test_collecting_locally_and_with_what_others_send(shop: Inventory) -> None:
    await decide(shop, rule("t", "TRANSFER_DAYS", quantity=2), rule("p", "PICKABLE", places=only("LOCATION", "Y")))
    near, far = (await stocks(shop, "A", at=["X", "Y"]))[0].pickups
    assert (near.pickable, near.local.available, near.all.available) == (True, 100, 200)
    assert near.all_time.ToDatetime(UTC) == shop.clock() + timedelta(days=2)
    assert (far.pickable, far.local.available, far.all.available, far.HasField("all_time")) == (False, 0, 0, False)


async def test_ship_only_sources_and_the_reverse(shop: Inventory) -> None:
    await shop.put_locations("X", ships=True, sellable=False)
    await shop.put_locations("Y", ships=False, sellable=True)
    await shop.post(movement("A", "Y", -60, "ADJUSTMENT"))
    found = (await stocks(shop, "A", at=["X", "Y"]))[0]
    assert found.shipped.available == 100
    assert [one.local.available for one in found.pickups] == [0, 40]
    told = await explained(shop)
    assert [(one.excluded, one.not_pickable) for one in told.parts] == [("", "NOT_SELLABLE"), ("SHIPS_NOT", "")]


async def test_stock_that_nobody_is_sure_of(shop: Inventory) -> None:
    await decide(shop, rule("sure", "MIN_CONFIDENCE", quantity=500))
    async with shop.db.transaction() as tx:
        await tx.execute("INSERT INTO stock_confidence (sku, location_id, per_mille) VALUES ('A', 'X', 499)")
    assert await shipped(shop) == 100
    assert [(one.excluded, one.confidence) for one in (await explained(shop)).parts] == [
        ("LOW_CONFIDENCE", 499),
        ("", 1000),
    ]


async def test_kits_by_their_scarcest_part(shop: Inventory) -> None:
    await put(shop, product("P-B", variant("B")))
    parts = [catalogue_pb2.Component(sku="A", quantity=1), catalogue_pb2.Component(sku="B", quantity=2)]
    await put(shop, product("P-K", variant("K", components=parts)))
    await shop.post(movement("B", "X", 9, "OPENING"), movement("B", "Y", 1, "OPENING"))
    assert await shipped(shop, "K") == 4
    told = await explained(shop, "K")
    assert {one.sku: one.quantity for one in told.components} == {"A": 1, "B": 2}
    assert [one.counted for one in told.parts] == [4, 0]


async def test_shoppers_see_what_the_display_allows(shop: Inventory) -> None:
    levels = pb.StockDisplay(kind=LEVELS, low_below=5, high_from=50)
    await shop.post(movement("A", "Y", -97, "ADJUSTMENT"))
    await decide(
        shop,
        rule("web", "DISPLAY", channel_ids=["web"], display=levels),
        rule("app", "DISPLAY", channel_ids=["app"], display=pb.StockDisplay(kind=HIDDEN)),
    )
    web, app = (await stocks(shop, "A", at=["Y"]))[0], (await stocks(shop, "A", channel="app", at=["Y"]))[0]
    assert (web.shipped.HasField("available"), web.shipped.band, web.pickups[0].local.band) == (
        False,
        pb.STOCK_BAND_HIGH,
        2,
    )
    assert app.shipped == app.pickups[0].local == pb.Sight()
    for who in (None, member()):
        assert list((await table(shop, "A", at=["X", "Y"], who=who, channel="web")).shown) == [4, 2]
        assert list((await table(shop, "A", at=["X", "Y"], who=who)).shown) == [5, 5]
        assert list((await table(shop, "A", at=["X", "Y"], who=who)).available) == [0, 0]
    for who in (HQ, STAFF, device("X")):
        seen = await table(shop, "A", at=["X", "Y"], who=who)
        assert (list(seen.available), seen.shown) == ([100, 3], b"")
    assert (await stocks(shop, "A", channel="app", who=HQ))[0].shipped.available == 103


async def test_a_table_of_many_goods(shop: Inventory) -> None:
    await shop.stocked({(f"S{number}", "X"): number for number in range(1, 9)})
    skus = [f"S{number}" for number in range(1, 9)]
    seen = await table(shop, *skus, at=["Y", "X", "NOWHERE"])
    assert list(seen.available) == [cell for number in range(1, 9) for cell in (0, number, 0)]
    everywhere = await table(shop, "A", *skus)
    assert list(everywhere.location_ids) == ["X", "Y"]
    assert list(everywhere.shown) == [0, 0] + [0, 6] * 8


async def test_a_list_may_be_a_moment_old_and_says_so(shop: Inventory) -> None:
    skus = [f"S{number}" for number in range(8)]
    await shop.stocked({(sku, "X"): 5 for sku in skus})
    first = await table(shop, *skus, at=["X"])
    await shop.post(movement("S0", "X", -5, "ADJUSTMENT"))
    again = await table(shop, *skus, at=["X"])
    assert again.as_of_time == first.as_of_time
    assert again.available[0] == 5
    assert (await table(shop, "S0", at=["X"])).available[0] == 0
    assert (await table(shop, *skus, at=["X"], who=HQ)).available[0] == 0


async def test_rules_that_exclude_everything(shop: Inventory) -> None:
    await decide(shop, rule("none", "SHIPPABLE"))
    assert await shipped(shop) == 0
    told = await explained(shop)
    assert list(told.remarks) == ["the rules leave no location that serves this channel: nothing can be sold"]
    assert {one.excluded_rule_id for one in told.parts} == {"none"}


async def test_what_is_nowhere_is_refused(shop: Inventory) -> None:
    assert (await refused(stocks(shop, "NOTHING"))).reason == "UNKNOWN_SKU"
    assert (await refused(stocks(shop, "A", at=["NOWHERE"]))).reason == "UNKNOWN_LOCATION"
    assert (await refused(stocks(shop, "A", channel="nowhere"))).reason == "UNKNOWN_CHANNEL"
    assert (await refused(table(shop, "A", channel="nowhere"))).reason == "UNKNOWN_CHANNEL"
    assert (await refused(explained(shop, "NOTHING"))).reason == "UNKNOWN_SKU"
    for fault in [
        await refused(stocks(shop, *(f"S{number}" for number in range(101)))),
        await refused(stocks(shop)),
        await refused(table(shop, "A", at=[f"L{number}" for number in range(101)])),
    ]:
        assert fault.reason == "FIELD_INVALID"


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


async def test_a_draft_says_what_it_would_change(shop: Inventory) -> None:
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
