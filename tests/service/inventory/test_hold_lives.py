"""How long carts hold whose callers do not say: rules by brand, by store and by SKU, on a real database."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from services.inventory.availability import limits, store
from services.inventory.stock.domain import Hold, Line
from services.inventory.stock.domain_commands import EVERYWHERE, Ask
from tests.service.inventory.conftest import ORDER, Inventory, device, member, new
from tests.service.inventory.programs import WHO
from tests.service.inventory.reading import activate, decide, draft, explained, only, previewed, rule
from tests.service.inventory.shop import product, put, refused, variant
from tests.service.inventory.test_promises import ask, brand, pooled

TTL = "HOLD_TTL"
DEFAULT = 600


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """A and N (of the brand North) at X and Y, both of which ship; SET is one A and two N."""
    await brand(inventory, {(sku, place): 50 for sku in "AN" for place in "XY"})
    parts = [catalogue_pb2.Component(sku="A", quantity=1), catalogue_pb2.Component(sku="N", quantity=2)]
    await put(inventory, product("P-N", variant("N"), brand="North"), product("SET", variant("SET", components=parts)))
    return inventory


def by_brand_store_and_sku() -> list[Any]:
    return [
        rule("north", TTL, goods=only("BRAND", "North"), quantity=1_800),
        rule("y", TTL, places=only("LOCATION", "Y"), quantity=300),
        rule("set", TTL, goods=only("SKU", "SET"), quantity=120),
    ]


def lives(shop: Inventory, hold: Any) -> int:
    """Seconds from now on."""
    return int(hold.expire_time.ToSeconds() - int(shop.clock().timestamp()))


async def held(shop: Inventory, *wanted: Any, **more: Any) -> int:
    return lives(shop, await shop.hold(wanted, member(new()), **more))


async def test_rules_say_how_long_by_brand_by_store_and_by_sku(shop: Inventory) -> None:
    assert await held(shop, ("N", 1, "X")) == DEFAULT
    await decide(shop, *by_brand_store_and_sku())
    assert await held(shop, ("A", 1, "X")) == DEFAULT
    assert await held(shop, ("N", 1, "X")) == 1_800
    assert await held(shop, ("N", 1, "Y")) == 300
    assert await held(shop, ("SET", 1, "X")) == 120
    # of several lines the shortest, the brand's own default among them
    assert await held(shop, ("N", 1, "X"), ("A", 1, "X")) == DEFAULT
    assert await held(shop, ("N", 1, "X"), ("A", 1, "Y")) == 300
    assert await held(shop, ("N", 1, "Y"), ("SET", 1, "X")) == 120
    assert await shop.drifts() == []


async def test_who_says_how_long_is_heard_and_an_order_holds_on(shop: Inventory) -> None:
    await decide(shop, rule("all", TTL, quantity=300))
    assert await held(shop, ("A", 1, "X"), ttl_seconds=900) == 900
    order = await shop.hold([("A", 1, "X")], ORDER, order_id=new())
    assert not order.HasField("expire_time")


async def test_from_a_pool_the_place_decides_where_it_stands(shop: Inventory) -> None:
    await decide(shop, *by_brand_store_and_sku())
    for place, seconds in (("X", DEFAULT), ("Y", 300)):
        cart = await ask(shop, pooled("A", 50), who=member(new()))
        assert [(one.location_id, lives(shop, cart)) for one in cart.lines] == [(place, seconds)]


async def test_what_moves_others_away_holds_by_the_same_rules(shop: Inventory) -> None:
    await decide(shop, *by_brand_store_and_sku())
    await ask(shop, pooled("N", 40), order_id=new())
    # ten are free at X: the others' are moved to Y, by whoever sees all that is promised
    assert await held(shop, ("N", 45, "X")) == 1_800
    await ask(shop, pooled("A", 40), order_id=new())
    assert await held(shop, ("SET", 1, "X"), ("A", 20, "X")) == 120


async def test_an_extension_without_a_time_takes_the_rules(shop: Inventory) -> None:
    await decide(shop, *by_brand_store_and_sku())
    who = member(new())
    cart = await shop.hold([("A", 1, "Y")], who)
    shop.clock.advance(seconds=200)
    for given, seconds in ((0, 300), (500, 500)):
        extend = pb.ExtendHoldRequest(hold_id=cart.hold_id, ttl_seconds=given)
        assert lives(shop, (await shop.call(shop.stock.ExtendHold, extend, who)).hold) == seconds


async def test_rules_that_come_and_go_decide_from_then_on(shop: Inventory) -> None:
    first = await decide(shop, rule("all", TTL, quantity=300))
    asked: dict[str, Any] = {"request_id": new()}
    cart = await shop.hold([("A", 1, "X")], **asked)
    assert lives(shop, cart) == 300
    await decide(shop)
    assert await held(shop, ("A", 1, "X")) == DEFAULT
    # what was promised stays promised, and the same request hears the same
    assert await shop.hold([("A", 1, "X")], **asked) == cart
    await activate(shop, first)
    assert await held(shop, ("A", 1, "X")) == 300


async def test_the_batch_holds_as_long_as_one_statement(shop: Inventory) -> None:
    await decide(shop, *by_brand_store_and_sku()[:2], rule("a", TTL, goods=only("SKU", "A"), quantity=120))
    wanted = [[("A", "X")], [("N", "X")], [("N", "Y")], [("N", "X"), ("A", "Y")], [("N", "X"), ("N", "Y")]]
    ends: dict[str, list[timedelta]] = {}
    for way in "AB":
        asks = [
            Ask(
                new(),
                tuple(Line(n, *one, 1) for n, one in enumerate(lines, 1)),
                b"f",
                WHO,
                timedelta(seconds=600),
                ruled=True,
            )
            for lines in wanted
        ]
        if way == "A":
            answers = await shop.ground.holds.run(asks)
            ends[way] = [one.expire_time - shop.clock() for one in answers if isinstance(one, Hold) and one.expire_time]
        else:
            assert all([await shop.ground.holds.hold_one(one) for one in asks])
            found = [await shop.ground.holds.get(one.hold_id, EVERYWHERE) for one in asks]
            ends[way] = [one.expire_time - shop.clock() for one in found if one.expire_time]
    assert ends["A"] == ends["B"] == [timedelta(seconds=one) for one in (120, 1_800, 300, 120, 300)]


@pytest.mark.parametrize("rules", [True, False])
async def test_what_is_known_of_rules_costs_no_statement(
    shop: Inventory, monkeypatch: pytest.MonkeyPatch, rules: bool
) -> None:
    await decide(shop, *(by_brand_store_and_sku() if rules else [rule("s", "SAFETY_STOCK", quantity=1)]))
    expected = 1_800 if rules else DEFAULT
    assert await held(shop, ("N", 1, "X")) == expected

    async def never(*_: Any) -> Any:
        raise AssertionError("the rules were read once more")

    for place, name in ((limits, "_read"), (limits, "_learn"), (store, "versions")):
        monkeypatch.setattr(place, name, never)
    assert await held(shop, ("N", 1, "X")) == expected


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 59}, "quantity"),
        ({"quantity": 86_401}, "quantity"),
        ({}, "quantity"),
        ({"quantity": 60, "channel_ids": ["web"]}, "channel_ids"),
        ({"quantity": 60, "places": only("LOCATION", "NOWHERE")}, "places.include[0].values"),
        ({"quantity": 60, "goods": only("SKU", "NOTHING")}, "goods.include[0].values"),
    ],
)
async def test_an_author_is_told_the_field(shop: Inventory, wrong: Any, field: str) -> None:
    fault = await refused(draft(shop, rule("t", TTL, **wrong)))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", f"rules[0].{field}")


@pytest.mark.parametrize("seconds", [-1, 59, 86_401])
async def test_a_caller_is_told_the_field_as_before(shop: Inventory, seconds: int) -> None:
    await decide(shop, rule("all", TTL, quantity=300))
    for who in (member(), device("X")):
        fault = await refused(shop.hold([("A", 1, "X")], who, ttl_seconds=seconds))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "ttl_seconds")


async def test_a_draft_is_explained_and_changes_no_figure(shop: Inventory) -> None:
    drafted = await draft(shop, *by_brand_store_and_sku(), rule("last", TTL, quantity=60))
    assert [one.field for one in drafted.warnings] == [f"rules[{number}]" for number in range(3)]
    told = await previewed(shop, drafted.rules.version)
    assert (told.skus, told.changed_skus) == (3, 0)
    await decide(shop, *by_brand_store_and_sku())
    parts = {one.location_id: one for one in (await explained(shop, "N")).parts}
    said = {place: (one.hold_ttl_seconds, one.hold_ttl_rule_id) for place, one in parts.items()}
    assert said == {"X": (1_800, "north"), "Y": (300, "y")}
    none = (await explained(shop, "A")).parts[0]
    assert (none.hold_ttl_seconds, none.hold_ttl_rule_id) == (0, "")
