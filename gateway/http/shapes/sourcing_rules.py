"""A rule set as its authors read and write it: routes pick orders, their rules pick stock."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, Shown, Time, Version, Whole, eg, kinds
from omo.inventory.v1 import sourcing_pb2

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Codes = Annotated[list[Code], Field(max_length=500)]
Km = Annotated[Whole, Field(gt=0, le=20_000)]
Name = Annotated[str, StringConstraints(max_length=64)]
OrderSort = Literal["SHIP_BY", "SHIP_AFTER", "ORDER_DATE", "METHOD", "PRIORITY"]
PlaceSort = Literal["PROXIMITY", "BALANCE", "SEQUENCE", "CAPACITY", "EARLIEST", "CONFIDENCE"]


class DaysIn(Asked):
    """Promise dates by days from now, both inclusive; none is open."""

    first: Annotated[Whole | None, eg(0)] = None
    last: Annotated[Whole | None, eg(2)] = None


class RuleIn(Asked):
    """Picks stock: filters exclude, sorts rank, and what finds no place goes where `then` says."""

    rule_id: Annotated[Code, eg("nearby")]
    name: Annotated[Name, eg("Stores nearby")] = ""
    groups: Annotated[Codes, eg([], "Only places of these groups; none: all.")] = []
    groups_excluded: Annotated[Codes, eg(["outlet"])] = []
    max_km: Annotated[Km | None, eg(80, "From where the goods go.")] = None
    safety_stock: Annotated[Whole, Field(ge=0, le=1_000_000), eg(1, "Kept back at each place.")] = 0
    ignore_order_limit: Annotated[bool, eg(False, "Lets places take more than their orders of a day.")] = False
    shipment_threshold: Annotated[
        Whole, Field(ge=0), eg(300, "What each part of a split order must be worth; minor units.")
    ] = 0
    sorts: Annotated[list[PlaceSort], Field(max_length=6), eg(["PROXIMITY", "BALANCE"])] = []
    sequence: Annotated[Codes, eg([], "Locations or groups; goes with the sort SEQUENCE.")] = []
    allow_partial: Annotated[bool, eg(True, "Whether the order may be split.")] = False
    then: Annotated[Literal["NEXT_RULE", "QUEUE"], eg("QUEUE")] = "NEXT_RULE"
    queue: Annotated[Name, eg("unfillable")] = ""
    auto_cancel_hours: Annotated[Whole, Field(ge=0, le=8_760), eg(72, "0: never.")] = 0
    min_confidence: Annotated[
        Whole, Field(ge=0, le=1_000), eg(400, "Goods whose books are less sure are not asked for; per mille.")
    ] = 0


class RouteIn(Asked):
    """Picks orders; the first route that takes an order decides it. Each filter has its excluded twin."""

    route_id: Annotated[Code, eg("standard")]
    name: Annotated[Name, eg("Standard delivery")] = ""
    queues: Annotated[Codes, eg([])] = []
    queues_excluded: Annotated[Codes, eg([])] = []
    shipping_methods: Annotated[Codes, eg(["standard"])] = []
    shipping_methods_excluded: Annotated[Codes, eg([])] = []
    priorities: Annotated[Codes, eg([])] = []
    priorities_excluded: Annotated[Codes, eg([])] = []
    promised: DaysIn | None = None
    promised_excluded: DaysIn | None = None
    channel_ids: Annotated[Codes, eg([])] = []
    channel_ids_excluded: Annotated[Codes, eg([])] = []
    origin_groups: Annotated[Codes, eg([])] = []
    origin_groups_excluded: Annotated[Codes, eg([])] = []
    sorts: Annotated[list[OrderSort], Field(max_length=5), eg(["PRIORITY", "ORDER_DATE"])] = []
    rules: Annotated[list[RuleIn], Field(max_length=30)] = []
    park_queue: Annotated[Name, eg("", "A route without rules parks its orders here.")] = ""


class RuleSetIn(Asked):
    """A strategy: of the whole brand, or of the channels that it names."""

    rule_set_id: Annotated[Code, eg("brand")]
    channel_ids: Annotated[Codes, eg([], "None: the brand's.")] = []
    routes: Annotated[list[RouteIn], Field(min_length=1, max_length=50)]
    max_splits: Annotated[Whole, Field(ge=0, le=10), eg(3, "Shipments an order may come in; 0: 3.")] = 0
    attempts_standard: Annotated[Whole, Field(ge=0, le=20), eg(5, "Rejections before nobody is asked; 0: 5.")] = 0
    attempts_expedited: Annotated[Whole, Field(ge=0, le=20), eg(2, "The same for expedited orders; 0: 2.")] = 0
    cooling_hours: Annotated[Whole, Field(ge=0, le=720), eg(24, "Peace after a rejection; 0: 24.")] = 0
    note: Annotated[str, StringConstraints(max_length=200), eg("stores before the warehouse")] = ""


class Days(Shown):
    """Promise dates by days from now."""

    first: Annotated[int | None, eg(0)]
    last: Annotated[int | None, eg(2)]


class Rule(Shown):
    """Picks stock."""

    rule_id: Annotated[str, eg("nearby")]
    name: Annotated[str, eg("Stores nearby")]
    groups: Annotated[list[str], eg([])]
    groups_excluded: Annotated[list[str], eg(["outlet"])]
    max_km: Annotated[int | None, eg(80)]
    safety_stock: Annotated[int, eg(1)]
    ignore_order_limit: Annotated[bool, eg(False)]
    shipment_threshold: Annotated[int, eg(300)]
    sorts: Annotated[list[str], eg(["PROXIMITY", "BALANCE"])]
    sequence: Annotated[list[str], eg([])]
    allow_partial: Annotated[bool, eg(True)]
    then: Annotated[str | None, kinds(sourcing_pb2.SourcingThen, "QUEUE")]
    queue: Annotated[str | None, eg("unfillable")]
    auto_cancel_hours: Annotated[int, eg(72)]
    min_confidence: Annotated[int, eg(400)]


class Route(Shown):
    """Picks orders."""

    route_id: Annotated[str, eg("standard")]
    name: Annotated[str, eg("Standard delivery")]
    queues: Annotated[list[str], eg([])]
    queues_excluded: Annotated[list[str], eg([])]
    shipping_methods: Annotated[list[str], eg(["standard"])]
    shipping_methods_excluded: Annotated[list[str], eg([])]
    priorities: Annotated[list[str], eg([])]
    priorities_excluded: Annotated[list[str], eg([])]
    promised: Days | None
    promised_excluded: Days | None
    channel_ids: Annotated[list[str], eg([])]
    channel_ids_excluded: Annotated[list[str], eg([])]
    origin_groups: Annotated[list[str], eg([])]
    origin_groups_excluded: Annotated[list[str], eg([])]
    sorts: Annotated[list[str], eg(["PRIORITY", "ORDER_DATE"])]
    rules: list[Rule]
    park_queue: Annotated[str | None, eg(None)]


class RuleSet(Shown):
    """One version of a strategy."""

    rule_set_id: Annotated[str, eg("brand")]
    version: Version
    state: Annotated[str | None, kinds(sourcing_pb2.RuleSetState, "DRAFT")]
    channel_ids: Annotated[list[str], eg([])]
    routes: list[Route]
    max_splits: Annotated[int, eg(3)]
    attempts_standard: Annotated[int, eg(5)]
    attempts_expedited: Annotated[int, eg(2)]
    cooling_hours: Annotated[int, eg(24)]
    note: Annotated[str, eg("stores before the warehouse")]
    update_time: Time | None


class Warned(Shown):
    """A remark on what may stand and still looks wrong."""

    field: Annotated[str, eg("routes[0].rules[0].groups")]
    text: Annotated[str, eg("no location is in outlet")]
