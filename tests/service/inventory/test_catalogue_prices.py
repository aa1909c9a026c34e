"""One price by default: gaps are seen with the list that makes them, and every change with who made it."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_price_service_pb2 as rpc
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, Inventory, device, member
from tests.service.inventory.shop import channels, price, product, put, refused
from tests.service.inventory.test_catalogue_assortment import stamp


async def gaps(inventory: Inventory, **asked: Any) -> list[rpc.PriceGap]:
    found, token = list[rpc.PriceGap](), ""
    while True:
        request = rpc.ListPriceGapsRequest(page_size=asked.get("page_size", 20), page_token=token)
        if not token:
            request.MergeFrom(rpc.ListPriceGapsRequest(**asked))
        reply = await inventory.call(shop.prices(inventory).ListPriceGaps, request, HQ)
        found += reply.gaps
        if not (token := reply.next_page_token):
            return found


def shown(gap: rpc.PriceGap) -> list[tuple[int, str, list[str]]]:
    return [
        (one.amount, one.price_list_id, [f"{at.channel_id}{at.location_id}" for at in one.places]) for one in gap.prices
    ]


@pytest.fixture
async def brand(inventory: Inventory) -> Inventory:
    await channels(inventory)
    await inventory.put_locations("TPE01", "TPE02")
    await put(inventory, *(product(f"S{n}") for n in range(5)))
    await price(inventory, "retail", {f"S{n}": 100 for n in range(5)})
    return inventory


async def test_one_price_everywhere_shows_no_gap(brand: Inventory) -> None:
    assert await gaps(brand) == []
    await price(brand, "web", {"S1": 100}, channel_ids=["web"])
    assert await gaps(brand) == []


async def test_gaps_are_shown_page_by_page_with_their_lists(brand: Inventory) -> None:
    await price(brand, "web", {"S1": 90, "S3": 80, "S4": 70}, channel_ids=["web"])
    await price(brand, "xinyi", {"S3": 95}, location_ids=["TPE01"])
    found = await gaps(brand, page_size=1)
    assert [one.sku for one in found] == ["S1", "S3", "S4"]
    assert shown(found[1]) == [
        (100, "retail", ["app", "storesTPE02"]),
        (80, "web", ["web"]),
        (95, "xinyi", ["storesTPE01"]),
    ]
    assert [one.sku for one in await gaps(brand, channel_ids=["app", "stores"])] == ["S3"]


async def test_gaps_of_a_tier_and_of_a_time(brand: Inventory) -> None:
    tomorrow = brand.clock() + timedelta(days=1)
    await price(brand, "gold-web", {"S2": 60}, channel_ids=["web"], tiers=["gold"])
    await price(brand, "sale", {"S0": 50}, channel_ids=["app"], start_time=stamp(tomorrow))
    assert await gaps(brand) == []
    assert [one.sku for one in await gaps(brand, tier="gold")] == ["S2"]
    assert [one.sku for one in await gaps(brand, at_time=stamp(tomorrow))] == ["S0"]
    brand.clock.advance(days=1)
    assert [one.sku for one in await gaps(brand)] == ["S0"]


async def test_gaps_of_a_past_day_are_reckoned_with_its_prices(brand: Inventory) -> None:
    """What was changed since is undone: amounts, prices that came and went, and the lists themselves."""
    opened = brand.clock()
    brand.clock.advance(days=1)
    await price(brand, "web", {"S1": 90, "S2": 100}, channel_ids=["web"])
    first = brand.clock()
    brand.clock.advance(days=1)
    await price(brand, "web", {"S1": 100, "S2": 80}, channel_ids=["web"])
    await price(brand, "web", {"S3": 70}, "S2", channel_ids=["app"])
    second = brand.clock()
    brand.clock.advance(days=1)
    assert await gaps(brand, at_time=stamp(opened)) == []
    then = await gaps(brand, at_time=stamp(first), page_size=1)
    assert [shown(one) for one in then] == [
        [(100, "retail", ["app", "storesTPE01", "storesTPE02"]), (90, "web", ["web"])]
    ]
    now = await gaps(brand)
    assert [(one.sku, one.prices[-1].amount, one.prices[-1].places[0].channel_id) for one in now] == [("S3", 70, "app")]
    assert await gaps(brand, at_time=stamp(second)) == now
    paid = [await resolve(brand, "web", sku="S1", at_time=stamp(at)) for at in (opened, first, second)]
    assert [(one.amount, one.price_list_id) for one in paid] == [(100, "retail"), (90, "web"), (100, "retail")]


async def resolve(inventory: Inventory, channel: str, place: str = "", sku: str = "S0", **asked: Any) -> Any:
    request = rpc.ResolvePriceRequest(sku=sku, channel_id=channel, location_id=place, **asked)
    return await inventory.call(shop.prices(inventory).ResolvePrice, request, HQ)


async def test_the_price_that_holds_names_its_list(brand: Inventory) -> None:
    await price(brand, "web", {"S0": 90}, channel_ids=["web"])
    await price(brand, "gold", {"S0": 80}, tiers=["gold"])
    found = [await resolve(brand, "web"), await resolve(brand, "app"), await resolve(brand, "web", tier="gold")]
    assert [(one.amount, one.price_list_id) for one in found] == [(90, "web"), (100, "retail"), (80, "gold")]
    assert (found[0].currency_code, found[0].tax_included, found[0].scale) == ("TWD", True, 1)
    assert (await refused(resolve(brand, "web", sku="NOPE"))).reason == "UNKNOWN_SKU"
    await put(brand, product("UNPRICED"))
    assert (await refused(resolve(brand, "web", sku="UNPRICED"))).reason == "NOT_FOUND"


async def changes(inventory: Inventory, **asked: Any) -> list[rpc.PriceChange]:
    request = rpc.ListPriceChangesRequest(**asked)
    return list((await inventory.call(shop.prices(inventory).ListPriceChanges, request, HQ)).changes)


def amount(one: rpc.PriceChange, name: str) -> int | None:
    return getattr(one, name) if one.HasField(name) else None  # type: ignore[arg-type]


async def test_every_change_of_a_price_is_kept_with_who_made_it_and_why(brand: Inventory) -> None:
    await price(brand, "retail", {"S0": 110, "S1": 100}, reason=" dearer wool ")
    await price(brand, "retail", {}, "S0", reason="sold out")
    await price(brand, "retail", {}, priority=3)
    for wrong in ("x" * 201, "card 4111 1111 1111 1111", "a\x00b"):
        fault = await refused(price(brand, "retail", {"S1": 1}, reason=wrong))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "reason")
    assert [one.reason for one in await changes(brand, sku="S0")] == ["sold out", "dearer wool", ""]
    said = [
        (amount(one, "amount_before"), amount(one, "amount"), one.version) for one in await changes(brand, sku="S0")
    ]
    assert said == [(110, None, 3), (100, 110, 2), (None, 100, 1)]
    newest, *_ = await changes(brand, price_list_id="retail")
    assert (newest.sku, newest.head.priority, newest.version, newest.actor.id) == ("", 3, 4, "hq-1")
    assert len(await changes(brand, price_list_id="retail", page_size=100)) == 9
    assert await changes(brand, price_list_id="nope") == []
    assert [one.sku for one in await changes(brand, page_size=1)] == [""]


async def test_the_history_is_read_page_by_page(brand: Inventory) -> None:
    token, found = "", list[str]()
    while True:
        request = rpc.ListPriceChangesRequest(page_size=2, page_token=token)
        reply = await brand.call(shop.prices(brand).ListPriceChanges, request, HQ)
        found += [one.sku for one in reply.changes]
        if not (token := reply.next_page_token):
            break
    assert sorted(found) == ["", "S0", "S1", "S2", "S3", "S4"]


async def test_the_history_is_never_changed(brand: Inventory) -> None:
    async with brand.db.read() as tx:
        for statement in ("UPDATE price_changes SET amount = 1", "DELETE FROM price_changes"):
            with pytest.raises(Exception, match="price_changes is a journal"):
                await tx.execute(statement)


async def test_lists_are_listed_without_their_prices(brand: Inventory) -> None:
    await price(brand, "web", {"S0": 1}, channel_ids=["web"])
    request = rpc.ListPriceListsRequest(page_size=1)
    first = await brand.call(shop.prices(brand).ListPriceLists, request, HQ)
    request.page_token = first.next_page_token
    second = await brand.call(shop.prices(brand).ListPriceLists, request, HQ)
    assert [one.price_list_id for one in (*first.price_lists, *second.price_lists)] == ["retail", "web"]
    assert isinstance(first.price_lists[0], pb.PriceList)
    assert not first.price_lists[0].prices


async def test_who_asks_for_what_is_not_his_is_refused(brand: Inventory) -> None:
    stub = shop.prices(brand)
    for who in (member(), device()):
        assert (
            await refused(brand.call(stub.ListPriceGaps, rpc.ListPriceGapsRequest(), who))
        ).reason == "PERMISSION_DENIED"
        assert (
            await refused(brand.call(stub.ListPriceChanges, rpc.ListPriceChangesRequest(), who))
        ).reason == "PERMISSION_DENIED"
    strange = gaps(brand, channel_ids=["nope"])
    assert (await refused(strange)).metadata["field"] == "channel_ids"
