"""Rules of availability as their authors read and write them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, Shown, Time, Version, When, Whole, eg, kinds
from omo.inventory.v1 import availability_pb2

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Note = Annotated[str, StringConstraints(max_length=500), eg("winter sale")]
Looked = Literal["SKU", "PRODUCT", "BRAND", "CATEGORY", "TAG", "OPTION", "LOCATION", "GROUP", "LOCATION_KIND"]


class ClauseIn(Asked):
    """The field has any, or all, of the values."""

    field: Annotated[Looked, eg("CATEGORY")]
    match: Annotated[Literal["ANY", "ALL"], eg("ANY")] = "ANY"
    values: Annotated[list[str], Field(min_length=1, max_length=500), eg(["Coats"], "Of an option as size=M.")]


class FilterIn(Asked):
    """What any, or all, of `include` hit and none of `exclude`; without `include` everything."""

    match: Annotated[Literal["ANY", "ALL"], eg("ANY")] = "ANY"
    include: Annotated[list[ClauseIn], Field(max_length=20)] = []
    exclude: Annotated[list[ClauseIn], Field(max_length=20), eg([])] = []


class DisplayIn(Asked):
    """What shoppers see of a quantity."""

    kind: Annotated[Literal["EXACT", "LEVELS", "HIDDEN"], eg("LEVELS")]
    low_below: Annotated[Whole, Field(ge=0), eg(5, "Fewer are LOW.")] = 0
    high_from: Annotated[Whole, Field(ge=0), eg(50, "So many and more are HIGH.")] = 0


class RuleIn(Asked):
    """One rule; of those of a kind the last that matches wins."""

    rule_id: Annotated[Code, eg("coats-kept")]
    kind: Annotated[
        Literal[
            "SAFETY_STOCK", "THRESHOLD", "SHIPPABLE", "PICKABLE", "BACKORDER_CAP", "MIN_CONFIDENCE", "DISPLAY",
            "TRANSFER_DAYS", "HOLD_TTL",
        ],
        eg("SAFETY_STOCK"),
    ]  # fmt: skip
    note: Note = ""
    goods: Annotated[FilterIn | None, eg({"include": [{"field": "CATEGORY", "values": ["Coats"]}]})] = None
    places: Annotated[FilterIn | None, eg(None, "Not for THRESHOLD and DISPLAY.")] = None
    channel_ids: Annotated[list[Code], eg([], "Only for THRESHOLD, SHIPPABLE and DISPLAY; none: all.")] = []
    start_time: Annotated[When | None, eg(None)] = None
    end_time: Annotated[When | None, eg(None)] = None
    quantity: Annotated[Whole, eg(1, "Units, per mille of confidence, days, or seconds (HOLD_TTL: 60 to 86400).")] = 0
    allowed: Annotated[bool, eg(False, "For SHIPPABLE and PICKABLE.")] = False
    display: Annotated[DisplayIn | None, eg(None, "For DISPLAY.")] = None


class PutRules(Asked):
    """All rules, in their order."""

    rules: Annotated[list[RuleIn], Field(max_length=500)]
    note: Note = ""


class Clause(Shown):
    """One condition."""

    field: Annotated[str | None, kinds(availability_pb2.FilterField, "CATEGORY")]
    match: Annotated[str | None, kinds(availability_pb2.FilterMatch, "ANY")]
    values: Annotated[list[str], eg(["Coats"])]


class Filter(Shown):
    """Which goods or places."""

    match: Annotated[str | None, kinds(availability_pb2.FilterMatch, "ANY")]
    include: list[Clause]
    exclude: Annotated[list[Clause], eg([])]


class Display(Shown):
    """What shoppers see."""

    kind: Annotated[str | None, kinds(availability_pb2.StockDisplayKind, "LEVELS")]
    low_below: Annotated[int, eg(5)]
    high_from: Annotated[int, eg(50)]


class Rule(Shown):
    """One rule."""

    rule_id: Annotated[str, eg("coats-kept")]
    kind: Annotated[str | None, kinds(availability_pb2.AvailabilityRuleKind, "SAFETY_STOCK")]
    note: Annotated[str, eg("")]
    goods: Filter | None
    places: Annotated[Filter | None, eg(None)]
    channel_ids: Annotated[list[str], eg([])]
    start_time: Annotated[Time | None, eg(None)]
    end_time: Annotated[Time | None, eg(None)]
    quantity: Annotated[int, eg(1)]
    allowed: Annotated[bool, eg(False)]
    display: Annotated[Display | None, eg(None)]


class Rules(Shown):
    """One version of the rules; lists leave the rules out."""

    version: Version
    state: Annotated[str | None, kinds(availability_pb2.AvailabilityRulesState, "DRAFT")]
    note: Annotated[str, eg("winter sale")]
    rules: list[Rule]
    create_time: Time | None
    activate_time: Annotated[Time | None, eg(None)]


class Warned(Shown):
    """What looks wrong and may stand all the same."""

    field: Annotated[str, eg("rules[0]")]
    text: Annotated[str, eg("never wins: b comes later and matches everything it does")]
