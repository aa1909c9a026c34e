"""Goods and places in full: media, kits, hours, positions, groups; kept, told and checked field by field."""

from typing import Any

import pytest

from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from services.inventory.catalogue import store_kits
from tests.service.inventory.conftest import HQ, ORDER, Inventory, device, member, new
from tests.service.inventory.shop import channels, product, put, refused, variant

FRONT, FILM = "https://cdn.example/coat/front.jpg", "https://cdn.example:8443/coat.mp4?x=1"


def media(url: str = FRONT, **more: Any) -> pb.Media:
    given: dict[str, Any] = {"url": url, "kind": pb.MEDIA_KIND_IMAGE}
    return pb.Media(**given | more)


async def get(inventory: Inventory, product_id: str, who: Any = ORDER) -> pb.Product:
    request = rpc.GetProductRequest(product_id=product_id)
    return (await inventory.call(inventory.catalogue.GetProduct, request, who)).product  # type: ignore[no-any-return]


async def test_media_are_kept_in_their_order_and_told(inventory: Inventory) -> None:
    links = [media(FILM, position=2, kind=pb.MEDIA_KIND_VIDEO, sku="A-1"), media(alt={"zh-TW": "正面", "en": "front"})]
    await put(inventory, product("A", variant("A-1"), media=links))
    kept = (await get(inventory, "A", None)).media
    assert [(one.url, one.position, one.sku) for one in kept] == [(FRONT, 0, ""), (FILM, 2, "A-1")]
    assert kept[0].alt["zh-TW"] == "正面"
    (told,) = await inventory.told(events.ProductChanged)
    assert list(told.product.media) == list(kept)


@pytest.mark.parametrize(
    ("link", "field"),
    [
        (media("http://cdn.example/a.jpg"), "url"),
        (media("javascript:alert(1)"), "url"),
        (media("https://user@cdn.example/a.jpg"), "url"),
        (media("https://cdn.example/a b.jpg"), "url"),
        (media('https://cdn.example/"><script>'), "url"),
        (media("https://cdn.example/" + "a" * 1_000), "url"),
        (media(position=-1), "position"),
        (media(sku="B-1"), "sku"),
        (media(kind=99), "kind"),
    ],
)
async def test_a_link_that_cannot_be_shown_names_its_field(inventory: Inventory, link: pb.Media, field: str) -> None:
    fault = await refused(put(inventory, product("A", variant("A-1"), media=[link])))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", f"products[0].media[0].{field}")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("73513536", "EAN-8"), ("036000291453", "UPC-A"), ("4006381333932", "EAN-13"), ("10012345678903", "ITF-14")],
)
async def test_a_mistyped_barcode_names_field_kind_and_digit(inventory: Inventory, code: str, kind: str) -> None:
    fault = await refused(put(inventory, product("A", variant("A-1", barcodes=["own-1", code]))))
    assert fault.metadata["field"] == "products[0].variants[0].barcodes[1]"
    assert str(fault.metadata["rule"]).startswith(f"{code} is no {kind}: its check digit must be ")


def kit(sku: str, **parts: int) -> pb.Variant:
    return variant(sku, components=[pb.Component(sku=one, quantity=many) for one, many in parts.items()])


async def test_a_kit_is_kept_told_and_found_in_depth(inventory: Inventory) -> None:
    await put(inventory, product("SOAP"), product("BOX"), product("GIFT", kit("GIFT", SOAP=2, BOX=1)))
    await put(inventory, product("FAMILY", kit("FAMILY", GIFT=3)))
    kept = (await get(inventory, "GIFT")).variants[0].components
    assert {one.sku: one.quantity for one in kept} == {"SOAP": 2, "BOX": 1}
    assert (await inventory.told(events.ProductChanged))[2].product.variants[0].components == kept
    async with inventory.db.read() as tx:
        found = await store_kits.reached(tx, ["FAMILY", "SOAP"])
    assert {sku: {part.sku: part.quantity for part in parts} for sku, parts in found.items()} == {
        "FAMILY": {"GIFT": 3}, "GIFT": {"SOAP": 2, "BOX": 1},
    }  # fmt: skip


async def test_a_kit_that_would_hold_itself_is_refused(inventory: Inventory) -> None:
    fault = await refused(put(inventory, product("A", kit("A", A=1))))
    assert (fault.reason, fault.metadata["path"]) == ("KIT_CYCLE", "A > A")
    # in one write, and through what is stored already
    both = put(inventory, product("A", kit("A", B=1)), product("B", kit("B", A=1)))
    assert (await refused(both)).reason == "KIT_CYCLE"
    await put(inventory, product("C"), product("B", kit("B", C=1)), product("A", kit("A", B=1)))
    assert (await refused(put(inventory, product("C", kit("C", A=1))))).metadata["sku"] in {"A", "B", "C"}
    assert not (await get(inventory, "C")).variants[0].components
    # a kit that is no kit any more breaks the circle
    await put(inventory, product("B"), product("C", kit("C", A=1)))


async def test_a_kit_of_nothing_that_is_known_is_refused(inventory: Inventory) -> None:
    fault = await refused(put(inventory, product("A", kit("A", NOPE=1))))
    assert (fault.reason, fault.metadata["sku"]) == ("UNKNOWN_SKU", "NOPE")
    zero = await refused(put(inventory, product("A", kit("A", B=0)), product("B")))
    assert zero.metadata["field"] == "products[0].variants[0].components[0].quantity"
    measured = kit("A", B=1)
    measured.by_measure = True
    fault = await refused(put(inventory, product("A", measured), product("B")))
    assert fault.metadata["field"] == "products[0].variants[0].components"


def place(code: str = "TPE01", **more: Any) -> pb.Location:
    given: dict[str, Any] = {"location_id": code, "name": code, "kind": pb.LOCATION_KIND_STORE, "active": True}
    return pb.Location(**given | more)


async def put_places(inventory: Inventory, *given: pb.Location) -> Any:
    request = rpc.PutLocationsRequest(request_id=new(), locations=given)
    return await inventory.call(inventory.catalogue.PutLocations, request, HQ)


HOURS = pb.OpeningHours(weekday=1, open="11:00", close="21:30", cut_off="18:00")
NEW_YEAR = pb.SpecialDay(date="2027-02-05", open="10:00", close="16:00", note="除夕")


async def test_a_place_is_kept_and_told_in_full(inventory: Inventory) -> None:
    full = place(
        groups=["north", "pickup"], sellable=False, ships=True, franchise=True, web_orders_opt_in=True,
        listed_only=True, daily_order_capacity=0, hours=[HOURS],
        special_days=[NEW_YEAR, pb.SpecialDay(date="2027-02-06", closed=True)],
        position=pb.GeoPoint(latitude_e6=25_036_211, longitude_e6=-121_567_401),
    )  # fmt: skip
    (kept,) = (await put_places(inventory, full)).locations
    (told,) = await inventory.told(events.LocationChanged)
    assert told.location == kept
    expected = pb.Location()
    expected.CopyFrom(full)
    expected.time_zone, expected.version = "Asia/Taipei", 1
    assert kept == expected
    (again,) = (await put_places(inventory, full)).locations
    assert again.version == 1


async def test_what_a_place_does_not_say_is_the_ordinary(inventory: Inventory) -> None:
    (kept,) = (await put_places(inventory, place())).locations
    assert kept.sellable
    assert not kept.HasField("daily_order_capacity")
    assert not kept.HasField("position")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"position": pb.GeoPoint(latitude_e6=90_000_001)}, "position.latitude_e6"),
        ({"position": pb.GeoPoint(longitude_e6=-180_000_001)}, "position.longitude_e6"),
        ({"daily_order_capacity": -1}, "daily_order_capacity"),
        ({"web_orders_opt_in": True}, "web_orders_opt_in"),
        ({"hours": [pb.OpeningHours(weekday=0, open="09:00", close="10:00")]}, "hours[0].weekday"),
        ({"hours": [pb.OpeningHours(weekday=1, open="9:00", close="10:00")]}, "hours[0].open"),
        ({"hours": [pb.OpeningHours(weekday=1, open="10:00", close="10:00")]}, "hours[0].close"),
        ({"hours": [pb.OpeningHours(weekday=1, open="10:00", close="12:00", cut_off="13:00")]}, "hours[0].cut_off"),
        ({"hours": [HOURS, pb.OpeningHours(weekday=1, open="20:00", close="23:00")]}, "hours"),
        ({"special_days": [pb.SpecialDay(date="2027-02-30", closed=True)]}, "special_days[0].date"),
        ({"special_days": [pb.SpecialDay(date="2027-02-05")]}, "special_days[0].open"),
        ({"special_days": [NEW_YEAR, NEW_YEAR]}, "special_days"),
    ],
)
async def test_what_cannot_be_of_a_place_names_its_field(inventory: Inventory, more: Any, field: str) -> None:
    fault = await refused(put_places(inventory, place(**more)))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", f"locations[0].{field}")


async def put_groups(inventory: Inventory, *groups: pb.LocationGroup) -> Any:
    request = rpc.PutLocationGroupsRequest(request_id=new(), groups=groups)
    return await inventory.call(inventory.catalogue.PutLocationGroups, request, HQ)


async def test_groups_say_what_they_are_for_and_who_is_in_them(inventory: Inventory) -> None:
    await channels(inventory)
    pickup = pb.LocationGroup(group_id="pickup", kind=pb.LOCATION_GROUP_KIND_PICKUP, names={"zh-TW": "取貨"})
    web = pb.LocationGroup(group_id="web-pool", kind=pb.LOCATION_GROUP_KIND_CHANNEL, name="Web", channel_id="web")
    assert [one.version for one in (await put_groups(inventory, pickup, web)).groups] == [1, 1]
    assert [one.version for one in (await put_groups(inventory, pickup)).groups] == [1]
    told = await inventory.told(events.LocationGroupChanged)
    assert [(one.meta.aggregate_id, one.group.name) for one in told] == [("pickup", "pickup"), ("web-pool", "Web")]
    await put_places(inventory, place(groups=["pickup", "web-pool"]), place("TPE02", groups=["pickup"]), place("TXG01"))
    reply = await inventory.call(inventory.catalogue.ListLocationGroups, rpc.ListLocationGroupsRequest(), HQ)
    assert [(one.group.group_id, one.locations) for one in reply.groups] == [("pickup", 2), ("web-pool", 1)]
    of_group = rpc.ListLocationsRequest(group_id="pickup")
    found = await inventory.call(inventory.catalogue.ListLocations, of_group)
    assert [one.location_id for one in found.locations] == ["TPE01", "TPE02"]
    only = rpc.ListLocationGroupsRequest(kind=pb.LOCATION_GROUP_KIND_CHANNEL)
    (one,) = (await inventory.call(inventory.catalogue.ListLocationGroups, only, HQ)).groups
    assert one.group.channel_id == "web"


@pytest.mark.parametrize(
    ("group", "field"),
    [
        (pb.LocationGroup(group_id="x"), "kind"),
        (pb.LocationGroup(group_id="", kind=pb.LOCATION_GROUP_KIND_OTHER), "group_id"),
        (pb.LocationGroup(group_id="x", kind=pb.LOCATION_GROUP_KIND_CHANNEL), "channel_id"),
        (pb.LocationGroup(group_id="x", kind=pb.LOCATION_GROUP_KIND_PICKUP, channel_id="web"), "channel_id"),
        (pb.LocationGroup(group_id="x", kind=pb.LOCATION_GROUP_KIND_CHANNEL, channel_id="nope"), "channel_id"),
    ],
)
async def test_a_group_that_cannot_be_names_its_field(
    inventory: Inventory, group: pb.LocationGroup, field: str
) -> None:
    await channels(inventory)
    fault = await refused(put_groups(inventory, group))
    assert fault.metadata["field"] == f"groups[0].{field}"


@pytest.mark.parametrize("who", [None, member(), device(), {"audience": "staff", "sub": "s", "roles": ["manager"]}])
async def test_what_goods_cost_us_is_told_to_nobody_outside(inventory: Inventory, who: Any) -> None:
    """No answer that a shopper or a till can get holds it: every read of products, and the snapshot of tills."""
    await put(inventory, product("A", variant("A", unit_cost=900)))
    stub = inventory.catalogue
    answers = [
        await inventory.call(stub.GetProduct, rpc.GetProductRequest(product_id="A"), who),
        await inventory.call(stub.FindVariant, rpc.FindVariantRequest(code="A"), who),
        await inventory.call(stub.ListProducts, rpc.ListProductsRequest(), who),
    ]
    if who and who["audience"] != "shop":
        answers.append(await inventory.call(stub.ListReferenceData, rpc.ListReferenceDataRequest(), who))
    assert all("unit_cost" not in str(one) for one in answers)
    assert (await get(inventory, "A", HQ)).variants[0].unit_cost == 900
