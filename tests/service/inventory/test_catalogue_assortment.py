"""Which goods are sold where: kept whole, told with a version, asked about, and the same in SQL as in the rule."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import catalogue_assortment_service_pb2 as rpc
from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_search_service_pb2 as search_pb
from omo.inventory.v1 import catalogue_service_pb2 as cat
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, Inventory, member, new
from tests.service.inventory.shop import channels, product, put, refused, variant

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def stamp(at: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(at)
    return found


def entry(where: str, since: datetime | None = None, until: datetime | None = None, **more: Any) -> pb.AssortmentEntry:
    name = "location_id" if where.isupper() or where[-1].isdigit() else "channel_id"
    times = {"published_time": since, "unpublished_time": until}
    given = {key: stamp(at) for key, at in times.items() if at}
    return pb.AssortmentEntry(**{name: where} | given | more)


async def range_of(inventory: Inventory, sku: str, *entries: pb.AssortmentEntry) -> pb.Assortment:
    request = rpc.PutAssortmentsRequest(request_id=new(), assortments=[pb.Assortment(sku=sku, entries=entries)])
    reply = await inventory.call(shop.assortments(inventory).PutAssortments, request, HQ)
    return reply.assortments[0]  # type: ignore[no-any-return]


async def sold(
    inventory: Inventory, sku: str = "A", channel: str = "web", place: str = "", at: datetime | None = None
) -> str:
    request = rpc.CheckSellableRequest(sku=sku, channel_id=channel, location_id=place)
    if at:
        request.at_time.CopyFrom(stamp(at))
    reply = await inventory.call(shop.assortments(inventory).CheckSellable, request, HQ)
    return "" if reply.sellable else rpc.NotSoldReason.Name(reply.reason).removeprefix("NOT_SOLD_REASON_")


async def test_an_assortment_is_kept_and_told_whole(inventory: Inventory) -> None:
    await channels(inventory)
    await inventory.put_locations("TPE01")
    await put(inventory, product("A"))
    put_first = await range_of(inventory, "A", entry("web", NOON, NOON + DAY), entry("TPE01", withheld=True))
    assert (put_first.version, [one.channel_id for one in put_first.entries]) == (1, ["web", ""])
    assert (await range_of(inventory, "A", entry("TPE01", withheld=True), entry("web", NOON, NOON + DAY))).version == 1
    assert (await range_of(inventory, "A")).version == 2
    told = await inventory.told(events.AssortmentChanged)
    assert [(one.meta.aggregate_id, one.meta.sequence, one.meta.actor.id) for one in told] == [
        ("A", 1, "hq-1"), ("A", 2, "hq-1"),
    ]  # fmt: skip
    assert told[0].assortment == put_first
    assert not told[1].assortment.entries


async def test_windows_open_and_close(inventory: Inventory) -> None:
    await channels(inventory)
    await put(inventory, product("A"))
    await range_of(inventory, "A", entry("web", NOON, NOON + DAY), entry("app", withheld=True))
    moments = {NOON - DAY: "NOT_YET", NOON: "", NOON + DAY - timedelta(seconds=1): "", NOON + DAY: "NO_MORE"}
    assert {at: await sold(inventory, at=at) for at in moments} == moments
    assert [await sold(inventory, channel=one) for one in ("app", "stores")] == ["CHANNEL", ""]


async def test_who_sells_only_what_is_listed(inventory: Inventory) -> None:
    await channels(inventory, web=True)
    await inventory.put_locations("TPE01", listed_only=True)
    await put(inventory, product("A"), product("B", active=False), product("C", variant("C", active=False)))
    assert await sold(inventory) == "CHANNEL"
    await range_of(inventory, "A", entry("web"))
    assert [await sold(inventory), await sold(inventory, place="TPE01")] == ["", "LOCATION"]
    await range_of(inventory, "A", entry("web"), entry("TPE01"))
    assert await sold(inventory, place="TPE01") == ""
    assert [await sold(inventory, sku) for sku in ("B", "C")] == ["INACTIVE", "INACTIVE"]


async def test_lists_are_by_sku_channel_and_place(inventory: Inventory) -> None:
    await channels(inventory)
    await inventory.put_locations("TPE01")
    await put(inventory, *(product(f"S{n}") for n in range(5)))
    for n in range(5):
        await range_of(inventory, f"S{n}", entry("web" if n % 2 else "app"), entry("TPE01", withheld=True))
    stub = shop.assortments(inventory)

    async def listed(**asked: Any) -> list[str]:
        found, token = list[str](), ""
        while True:
            request = rpc.ListAssortmentsRequest(page_size=2, page_token=token, **asked)
            reply = await inventory.call(stub.ListAssortments, request, HQ)
            found += [one.sku for one in reply.assortments]
            if not (token := reply.next_page_token):
                return found

    assert await listed() == await listed(location_id="TPE01") == [f"S{n}" for n in range(5)]
    assert await listed(channel_id="web") == ["S1", "S3"]
    assert await listed(skus=["S4", "S0", "NOPE"]) == ["S0", "S4"]


@pytest.mark.parametrize(
    ("entries", "reason", "field"),
    [
        ([pb.AssortmentEntry()], "FIELD_INVALID", "assortments[0].entries[0].channel_id"),
        (
            [pb.AssortmentEntry(channel_id="web", location_id="X")],
            "FIELD_INVALID",
            "assortments[0].entries[0].channel_id",
        ),
        ([entry("web"), entry("web")], "FIELD_INVALID", "assortments[0].entries"),
        ([entry("web", NOON, NOON)], "FIELD_INVALID", "assortments[0].entries[0].unpublished_time"),
        ([entry("nope")], "FIELD_INVALID", "assortments[0].entries[0].channel_id"),
        ([entry("NOPE01")], "UNKNOWN_LOCATION", None),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    inventory: Inventory, entries: list[pb.AssortmentEntry], reason: str, field: str | None
) -> None:
    await channels(inventory)
    await put(inventory, product("A"))
    fault = await refused(range_of(inventory, "A", *entries))
    assert (fault.reason, fault.metadata.get("field")) == (reason, field)
    assert await inventory.told(events.AssortmentChanged) == []


async def test_who_asks_wrongly_is_told(inventory: Inventory) -> None:
    await channels(inventory)
    await put(inventory, product("A"))
    assert (await refused(range_of(inventory, "NOPE", entry("web")))).reason == "UNKNOWN_SKU"
    assert (await refused(sold(inventory, "NOPE"))).reason == "UNKNOWN_SKU"
    assert (await refused(sold(inventory, channel="nope"))).metadata["field"] == "channel_id"
    assert (await refused(sold(inventory, place="NOPE"))).reason == "UNKNOWN_LOCATION"
    request = rpc.PutAssortmentsRequest(request_id=new(), assortments=[pb.Assortment(sku="A")])
    denied = inventory.call(shop.assortments(inventory).PutAssortments, request, member())
    assert (await refused(denied)).reason == "PERMISSION_DENIED"


async def test_search_shows_what_the_rule_says_is_sold(inventory: Inventory) -> None:
    """The rule stands twice, as a function and in SQL: here both answer for every kind of entry, flag and moment."""
    windows = [None, {"withheld": True}, {}, {"since": NOON}, {"until": NOON}, {"since": NOON, "until": NOON + DAY}]
    await put(inventory, *(product(f"S{n}{m}", name="thing") for n in range(6) for m in range(6)))
    await channels(inventory)
    await inventory.put_locations("TPE01")
    for (n, one), (m, other) in itertools.product(enumerate(windows), repeat=2):
        said = [("web", one), ("TPE01", other)]
        entries = [entry(where, **window) for where, window in said if window is not None]
        await range_of(inventory, f"S{n}{m}", *entries)
    for web, place in itertools.product((False, True), repeat=2):
        await channels(inventory, web=web)
        await inventory.put_locations("TPE01", listed_only=place)
        for at in (NOON - DAY, NOON, NOON + DAY):
            inventory.clock.at = at
            for where in ("", "TPE01"):
                request = search_pb.SearchProductsRequest(
                    query="thing", page_size=100, channel_id="web", location_id=where
                )
                hits = (await inventory.call(shop.search(inventory).SearchProducts, request)).hits
                skus = [f"S{n}{m}" for n in range(6) for m in range(6)]
                expected = [sku for sku in skus if await sold(inventory, sku, place=where) == ""]
                assert sorted(one.product.product_id for one in hits) == expected, (web, place, at, where)


async def test_the_snapshot_holds_ranges_and_groups(inventory: Inventory) -> None:
    await channels(inventory)
    await put(inventory, *(product(f"S{n}") for n in range(3)))
    for n in range(3):
        await range_of(inventory, f"S{n}", entry("web"))
    group = pb.LocationGroup(group_id="north", kind=pb.LOCATION_GROUP_KIND_OTHER)
    await inventory.call(
        inventory.catalogue.PutLocationGroups, cat.PutLocationGroupsRequest(request_id=new(), groups=[group]), HQ
    )
    token, skus, groups = "", list[str](), list[str]()
    while True:
        request = cat.ListReferenceDataRequest(page_size=2, page_token=token)
        page = await inventory.call(inventory.catalogue.ListReferenceData, request, HQ)
        skus += [one.sku for one in page.assortments]
        groups += [one.group_id for one in page.location_groups]
        if not (token := page.next_page_token):
            break
    assert (skus, groups) == (["S0", "S1", "S2"], ["north"])
