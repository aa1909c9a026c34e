"""Stores, warehouses and their groups, as headquarters writes and reads them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, NextPage, Shown, Version, Whole, eg, kinds
from gateway.http.shapes.masters import Codes, Names, Text
from omo.inventory.v1 import catalogue_pb2

_GROUP = StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
GroupId = Annotated[str, _GROUP, eg("north", "The brand's own code of a location group.")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
MaybeClock = Annotated[str, StringConstraints(pattern=r"^(|([01]\d|2[0-4]):[0-5]\d)$")]
GroupKind = Literal["PICKUP", "SAME_DAY", "BROKERING", "CHANNEL", "OTHER"]


class GeoPoint(Asked):
    """A place on the earth (WGS 84)."""

    latitude_e6: Annotated[Whole, Field(ge=-90_000_000, le=90_000_000), eg(25_036_200, "Millionths of a degree.")]
    longitude_e6: Annotated[Whole, Field(ge=-180_000_000, le=180_000_000), eg(121_567_400, "Millionths of a degree.")]


class ShownPoint(Shown):
    """A place on the earth (WGS 84)."""

    latitude_e6: Annotated[int, eg(25_036_200, "Millionths of a degree.")]
    longitude_e6: Annotated[int, eg(121_567_400, "Millionths of a degree.")]


class OpeningHours(Asked):
    """Hours of a weekday, in the place's own time."""

    weekday: Annotated[Whole, Field(ge=1, le=7), eg(1, "1 is Monday.")]
    open: Annotated[Clock, eg("11:00")]
    close: Annotated[Clock, eg("21:30", "24:00 is the day's end.")]
    cut_off: Annotated[MaybeClock, eg("18:00", "Later orders wait for the next opening; empty: `close`.")] = ""


class ShownHours(Shown):
    """Hours of a weekday, in the place's own time."""

    weekday: Annotated[int, eg(1, "1 is Monday.")]
    open: Annotated[str, eg("11:00")]
    close: Annotated[str, eg("21:30")]
    cut_off: Annotated[str, eg("18:00")]


class SpecialDay(Asked):
    """A day that differs from its weekday."""

    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), eg("2027-02-05")]
    closed: Annotated[bool, eg(False)] = False
    open: Annotated[MaybeClock, eg("11:00")] = ""
    close: Annotated[MaybeClock, eg("16:00")] = ""
    cut_off: Annotated[MaybeClock, eg("")] = ""
    note: Annotated[Text, eg("除夕")] = ""


class ShownDay(Shown):
    """A day that differs from its weekday."""

    date: Annotated[str, eg("2027-02-05")]
    closed: Annotated[bool, eg(False)]
    open: Annotated[str, eg("11:00")]
    close: Annotated[str, eg("16:00")]
    cut_off: Annotated[str, eg("")]
    note: Annotated[str, eg("除夕")]


class LocationIn(Asked):
    """A store, warehouse or drop point as it should be."""

    location_id: LocationId
    kind: Annotated[Literal["STORE", "WAREHOUSE", "OUTLET", "VIRTUAL", "DROP_POINT"], eg("STORE")] = "STORE"
    name: Annotated[Text, eg("Taipei Xinyi")]
    names: Annotated[Names, eg({"zh-TW": "台北信義"})] = {}
    groups: Annotated[Codes, eg(["north"])] = []
    time_zone: Annotated[Text, eg("Asia/Taipei")] = ""
    address: Annotated[str, StringConstraints(max_length=500), eg("台北市信義區松高路 11 號")] = ""
    pickup: Annotated[bool, eg(True, "Shoppers may collect here.")] = False
    ships: Annotated[bool, eg(False, "Orders may be sent from here.")] = False
    active: Annotated[bool, eg(True)] = True
    sellable: Annotated[
        bool | None,
        eg(True, "Shoppers may be sold what stands here; false for a source that only ships; null: by its kind."),
    ] = None
    position: GeoPoint | None = None
    hours: Annotated[list[OpeningHours], Field(max_length=28, description="None: always open.")] = []
    special_days: Annotated[list[SpecialDay], Field(max_length=400, description="Days that differ.")] = []
    daily_order_capacity: Annotated[
        Whole | None, Field(ge=0, le=1_000_000), eg(40, "Orders that it can take on in a day; null: any number.")
    ] = None
    franchise: Annotated[bool, eg(False, "Its stock is not taken for web orders unless it opts in.")] = False
    web_orders_opt_in: Annotated[bool, eg(False, "Of a franchise.")] = False
    listed_only: Annotated[bool, eg(False, "Sells only what its assortment lists.")] = False


class PutLocations(Asked):
    """Places as they should be."""

    locations: Annotated[list[LocationIn], Field(min_length=1, max_length=500)]


class Location(Shown):
    """A place that holds stock."""

    location_id: LocationId
    kind: Annotated[str | None, kinds(catalogue_pb2.LocationKind, "STORE")]
    name: Annotated[str, eg("Taipei Xinyi")]
    names: Annotated[dict[str, str], eg({"zh-TW": "台北信義"})]
    groups: Annotated[list[str], eg(["north"])]
    time_zone: Annotated[str, eg("Asia/Taipei")]
    address: Annotated[str, eg("台北市信義區松高路 11 號")]
    pickup: Annotated[bool, eg(True)]
    ships: Annotated[bool, eg(False)]
    active: Annotated[bool, eg(True)]
    version: Version
    placeholder: Annotated[bool, eg(False)]
    sellable: Annotated[bool | None, eg(True)]
    position: ShownPoint | None
    hours: list[ShownHours]
    special_days: list[ShownDay]
    daily_order_capacity: Annotated[int | None, eg(40, "Null: any number.")]
    franchise: Annotated[bool, eg(False)]
    web_orders_opt_in: Annotated[bool, eg(False)]
    listed_only: Annotated[bool, eg(False)]


class Locations(Shown):
    """The places as they are now."""

    locations: list[Location]


class LocationPage(Shown):
    """Places in code order."""

    locations: list[Location]
    next_page_token: NextPage


class GroupIn(Asked):
    """What a group code that locations name is for."""

    group_id: GroupId
    kind: Annotated[GroupKind, eg("PICKUP")]
    name: Annotated[Text, eg("Taipei")] = ""
    names: Annotated[Names, eg({"zh-TW": "大台北"})] = {}
    channel_id: Annotated[Text, eg("", "Of the kind CHANNEL: which channel sells from it.")] = ""


class PutGroups(Asked):
    """Location groups as they should be."""

    groups: Annotated[list[GroupIn], Field(min_length=1, max_length=200)]


class Group(Shown):
    """A location group."""

    group_id: GroupId
    kind: Annotated[str | None, kinds(catalogue_pb2.LocationGroupKind, "PICKUP")]
    name: Annotated[str, eg("Taipei")]
    names: Annotated[dict[str, str], eg({"zh-TW": "大台北"})]
    channel_id: Annotated[str | None, eg(None)]
    version: Version


class Groups(Shown):
    """The groups as they are now."""

    groups: list[Group]


class GroupMembers(Shown):
    """A location group and how many locations name it."""

    group: Group
    locations: Annotated[int, eg(2)]


class GroupPage(Shown):
    """Location groups in code order."""

    groups: list[GroupMembers]
    next_page_token: NextPage
