"""Goods that are to come, and who waits for them, as the API shows and takes them."""

from typing import Annotated, Literal

from fastapi import Path
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
    When,
    Whole,
    eg,
    kinds,
)
from gateway.http.shapes.lotted import UnitsOf
from omo.inventory.v1 import supply_pb2 as pb

_ID = r"^[\x21-\x7e]+$"
_DOCUMENTS = "Each whole: what it does not name is not expected any more."
_WAITING = "Units that wait, place by place."
_KIND = "PURCHASE_ORDER: ordered from a supplier. SHIPPING_NOTICE: announced by him."
DocumentPath = Annotated[
    str,
    Path(min_length=1, max_length=64, pattern=_ID, examples=["PO-2026-118"], description="The document's own number."),
]
OwnerPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=255,
        pattern=_ID,
        examples=["0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"],
        description="The order, or the cart's hold.",
    ),
]
_Due = eg("2026-12-01T02:00:00.000Z", "When the goods should be there.")
DocumentId = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=_ID), eg("PO-2026-118", "The document's own number.")
]
_Some = Annotated[Whole, Field(ge=0, le=1_000_000)]
_LineNo = Annotated[Whole, Field(ge=1, le=100_000)]


class ExpectedIn(Asked):
    """Goods that are to come to a place."""

    line_no: Annotated[_LineNo | None, eg(1, "It stays with its SKU and place; null: its place in the list.")] = None
    sku: Sku
    location_id: LocationId
    quantity: Quantity
    expected_time: When
    promisable: Annotated[bool, eg(True, "It may be promised before it is there.")] = False


class SupplyIn(Asked):
    """A purchase order, or a supplier's notice of what he sends, whole: a line that is left out is not expected."""

    document_id: DocumentId
    kind: Annotated[Literal["PURCHASE_ORDER", "SHIPPING_NOTICE"], eg("PURCHASE_ORDER", _KIND)]
    supplier: Annotated[str, StringConstraints(max_length=200), eg("Miyabi Mills", "Who sends the goods.")] = ""
    note: Annotated[str, StringConstraints(max_length=200), eg("autumn")] = ""
    lines: Annotated[list[ExpectedIn], Field(min_length=1, max_length=500)]


class SuppliesIn(Asked):
    """Documents, all or none: a notice and the order that it announces goods of belong into one call."""

    documents: Annotated[list[SupplyIn], Field(min_length=1, max_length=50, description=_DOCUMENTS)]


class ArrivalIn(Asked):
    """What came in: of a line, or of a good at a place."""

    line_no: Annotated[_LineNo | None, eg(1, "Null: by sku and location_id, the earliest line first.")] = None
    sku: Annotated[Sku | None, eg(None)] = None
    location_id: Annotated[LocationId | None, eg(None)] = None
    accepted: Annotated[_Some, eg(12, "Fit for sale.")] = 0
    damaged: Annotated[_Some, eg(0, "Taken in, unfit for sale.")] = 0
    lots: UnitsOf = []


class ArrivedIn(Asked):
    """Goods that came in: of the document, more than that, or others; all is booked."""

    arrivals: Annotated[list[ArrivalIn], Field(min_length=1, max_length=500, description="What came in.")]
    business_time: Annotated[When | None, eg(None, "When they came; null: now.")] = None


class Expected(Shown):
    """One line of a document."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    location_id: LocationId
    quantity: Annotated[int, eg(24, "In all; 0 for goods that came unasked.")]
    expected_time: Annotated[Time | None, _Due]
    promisable: Annotated[bool, eg(True, "It may be promised before it is there.")]
    accepted: Annotated[int, eg(12)]
    damaged: Annotated[int, eg(0)]
    incoming: Annotated[int, eg(12, "Still to come.")]
    state: Annotated[str | None, kinds(pb.SupplyLineState, "EXPECTED")]


class Supply(Shown):
    """A document of goods that are to come."""

    document_id: DocumentId
    kind: Annotated[str | None, kinds(pb.SupplyKind, "PURCHASE_ORDER", _KIND)]
    supplier: Annotated[str, eg("Miyabi Mills", "Who sends the goods.")]
    note: Annotated[str, eg("autumn")]
    state: Annotated[str | None, kinds(pb.SupplyState, "OPEN")]
    lines: list[Expected]
    create_time: Time | None
    close_time: Annotated[Time | None, eg(None)]
    version: Version


class SupplyOut(Shown):
    """The document as it is now."""

    document: Annotated[Supply, Field(description="What is expected, came in, and is late.")]


class SuppliesOut(Shown):
    """The documents as they are now."""

    documents: Annotated[list[Supply], Field(description="Purchase orders and notices.")]


class SupplyPage(Shown):
    """Documents in the order of their ids."""

    documents: Annotated[list[Supply], Field(description="Purchase orders and notices.")]
    next_page_token: NextPage


class Backorder(Shown):
    """Units that were promised and wait for goods to come."""

    owner_id: Annotated[str, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "The order, or the cart's hold.")]
    order_id: OrderId | None
    line_no: Annotated[int, eg(1)]
    sku: Sku
    location_id: LocationId
    quantity: Annotated[int, eg(2)]
    promise_time: Annotated[Time | None, eg("2026-12-01T02:00:00.000Z", "Null: nothing announced covers it.")]
    priority: Annotated[int, eg(0, "The higher, the earlier filled; then the oldest.")]
    create_time: Time | None


class BackorderPage(Shown):
    """Who waits, by good, place and owner."""

    backorders: Annotated[list[Backorder], Field(description=_WAITING)]
    next_page_token: NextPage


class PriorityIn(Asked):
    """Whose turn it is before others."""

    priority: Annotated[Whole, Field(ge=-100, le=100), eg(10, "The higher, the earlier filled.")]


class Waiting(Shown):
    """How an order's promises wait now."""

    backorders: Annotated[list[Backorder], Field(description=_WAITING)]
