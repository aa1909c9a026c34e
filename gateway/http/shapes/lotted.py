"""Lots and serials as the API shows and takes them."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    NextPage,
    OrderId,
    Quantity,
    Shown,
    Sku,
    Time,
    Version,
    Whole,
    eg,
    kinds,
)
from omo.inventory.v1 import lots_pb2 as pb
from omo.inventory.v1 import stock_pb2

_Name = StringConstraints(max_length=64)
_Day = StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")
Tracking = Literal["LOT", "EXPIRY", "SERIAL"]
LotSku = Annotated[Sku, eg("SERUM-30", "The brand's own code of a good that asks for lots, dates or serials.")]
Code = Annotated[str, _Name, eg("L2611", "The maker's lot.")]
Serial = Annotated[str, _Name, eg("", "Names one unit for good.")]
Day = Annotated[str, _Day, eg("2027-03-31", "The last day on which it may be sold, in the brand's zone.")]
SkuQuery = Annotated[str, Query(min_length=1, max_length=64, examples=["SERUM-30"], description="The good.")]
LotQuery = Annotated[str, Query(max_length=64, examples=["L2611"], description="The lot; not needed with a serial.")]
SerialQuery = Annotated[str, Query(max_length=64, examples=[""], description="Only this one; none: the whole lot.")]
PlaceQuery = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own, or all.")]


class UnitsIn(Asked):
    """So many units of a lot, or one by its serial."""

    lot: Code = ""
    serial: Serial = ""
    expire_date: Day = ""
    quantity: Quantity = 1


class UnitsShown(Shown):
    """So many units of a lot, or one by its serial."""

    lot: Code
    serial: Annotated[str | None, eg(None, "Names one unit for good; null: it is not known, or there is none.")]
    expire_date: Annotated[str | None, eg("2027-03-31", "The last day on which it may be sold; null: any.")]
    quantity: Annotated[int, eg(2, "In base units of the SKU.")]


class PartUnitsIn(UnitsIn):
    """So many units of a lot, or one by its serial; of a kit, of one of its parts."""

    sku: Annotated[str, _Name, eg("", "Of a kit: which of its parts. Needed if more than one asks for lots.")] = ""


class LineLotsIn(Asked):
    """Which lots or serials of a line."""

    line_no: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1)]
    lots: Annotated[list[PartUnitsIn], Field(max_length=1_000), eg([])]


UnitsOf = Annotated[list[UnitsIn], Field(max_length=1_000), eg([], "Which lots or serials, as far as it is known.")]
UnitsOfAny = Annotated[list[UnitsShown], eg([], "Which lots or serials they were, as far as it was said.")]


class PickIn(Asked):
    """Units that were taken for an order's line; again, it replaces what was said."""

    order_id: OrderId
    line_no: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1, "The order's line.")]
    sku: LotSku
    location_id: LocationId
    units: Annotated[list[UnitsIn], Field(max_length=1_000), eg([], "What was taken; none: nothing was.")] = []


class Picked(Shown):
    """What was taken."""

    units: Annotated[list[UnitsShown], eg([], "What leaves by name when the line is handed over.")]


class Suggested(Shown):
    """What to take: what expires first first, without a date what came first."""

    units: Annotated[list[UnitsShown], eg([], "Take these.")]
    unnamed: Annotated[int, eg(0, "And so many of those that nobody named.")]


class LotCountIn(Asked):
    """Every lot of a good that stands at a place."""

    sku: LotSku
    location_id: LocationId
    units: Annotated[list[UnitsIn], Field(max_length=1_000), eg([], "Together no more than is on hand.")]


class GoodsLot(Shown):
    """Goods that were made together; with a serial, one of them."""

    sku: LotSku
    lot: Code
    serial: Annotated[str | None, eg(None, "Null: it is the whole lot.")]
    expire_date: Annotated[str | None, eg("2027-03-31", "The last day on which it may be sold; null: any.")]
    state: Annotated[str | None, kinds(pb.LotState, "RECALLED", "EXPIRED and RECALLED may not be sold.")]
    note: Annotated[str, eg("broken glass", "Why it was recalled or released.")]
    create_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was first named.")]
    version: Version


class LotBalance(Shown):
    """How much of a lot is at a place."""

    sku: LotSku
    location_id: LocationId
    lot: Code
    serial: Annotated[str | None, eg(None, "Null: it is a lot.")]
    expire_date: Annotated[str | None, eg("2027-03-31", "The last day on which it may be sold; null: any.")]
    state: Annotated[str | None, kinds(pb.LotState, "GOOD", "EXPIRED and RECALLED may not be sold.")]
    on_hand: Annotated[int, eg(6, "As far as it was named; below zero where more was sold than the books had.")]
    put_aside: Annotated[int, eg(0, "Of those, in quality control because the lot may not be sold.")]
    expected: Annotated[int, eg(5, "What is left if whoever named no lot took what expires first.")]
    since_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it came in.")]


class Unnamed(Shown):
    """What at a place belongs to no lot that anybody named."""

    sku: LotSku
    location_id: LocationId
    quantity: Annotated[int, eg(-1, "Below zero: units of named lots left without a name.")]


class LotPage(Shown):
    """What stands where by lot; with what nobody named it adds up to what is on hand."""

    balances: Annotated[list[LotBalance], eg([], "By place, lot and serial.")]
    unnamed: Annotated[list[Unnamed], eg([], "Of the places of this page.")]
    next_page_token: NextPage


class LotCounted(Shown):
    """What stands there by now."""

    balances: Annotated[list[LotBalance], eg([], "Every lot that stands there.")]
    unnamed: Annotated[int, eg(0, "What is on hand beside them.")]


class LotIn(Asked):
    """Which lot, or which serial."""

    sku: LotSku
    lot: Code = ""
    serial: Serial = ""
    note: Annotated[str, StringConstraints(max_length=200), eg("broken glass", "Why; no personal data.")] = ""


class ReleaseIn(LotIn):
    """Which lot, or which serial, may be sold again."""

    expire_date: Annotated[str, _Day, eg("", "Its last day from now on; empty: as it was.")] = ""


class LotOut(Shown):
    """The lot, and where it is."""

    lot: Annotated[GoodsLot | None, Field(description="The lot or serial.")]
    balances: Annotated[list[LotBalance], eg([], "Where it is.")]


class LotEntry(Shown):
    """One entry of a lot's journal."""

    location_id: LocationId
    lot: Code
    serial: Annotated[str | None, eg("SN-00042", "Null: it is a lot.")]
    quantity: Annotated[int, eg(-1, "Signed change of what is there of it.")]
    put_aside: Annotated[int, eg(0, "Signed change of what of it is put aside.")]
    kind: Annotated[str | None, kinds(stock_pb2.MovementKind, "SALE", "LOT: no goods moved.")]
    source_id: Annotated[str, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "An order, a transfer, a document.")]
    line_no: Annotated[int, eg(1, "The line of it; 0: it has none.")]
    reason: Annotated[str, eg("", "Why it was put aside, or COUNTED.")]
    business_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it happened.")]


class LotTrace(Shown):
    """A lot or serial: where it is, where it came from, who took it."""

    lot: Annotated[GoodsLot | None, Field(description="The lot or serial.")]
    balances: Annotated[list[LotBalance], eg([], "Where it is now.")]
    entries: Annotated[list[LotEntry], eg([], "What happened to it, newest first.")]
    next_page_token: NextPage
