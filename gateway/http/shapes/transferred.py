"""Transfers as the API shows and takes them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    NextPage,
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
from omo.inventory.v1 import transfers_pb2 as pb

TRANSFER = "0199a5c3-0b1c-7d2e-8f3a-4b5c6d7e8f90"
TransferPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[TRANSFER])]
_Some = Annotated[Whole, Field(ge=0, le=1_000_000)]


class WantedIn(Asked):
    """A good and how many of it are to move."""

    sku: Sku
    quantity: Quantity


class DraftIn(Asked):
    """Goods that are to move from one place to another."""

    from_location_id: Annotated[LocationId, eg("TPE01")]
    to_location_id: Annotated[LocationId, eg("WH1")]
    lines: Annotated[list[WantedIn], Field(min_length=1, max_length=500)]
    note: Annotated[str, StringConstraints(max_length=200), eg("for the weekend")] = ""


class LeftIn(Asked):
    """What left of a line that did not leave whole."""

    sku: Sku
    quantity: Annotated[_Some, eg(1, "0: nothing of it left.")]
    lots: UnitsOf = []


class ShipIn(Asked):
    """The goods left; lines that are not named left whole."""

    lines: Annotated[list[LeftIn], Field(max_length=500)] = []
    business_time: Annotated[When | None, eg(None, "When they left; null: now.")] = None


class CameIn(Asked):
    """What came in of a good."""

    sku: Sku
    accepted: Annotated[_Some, eg(1, "Fit for sale.")] = 0
    damaged: Annotated[_Some, eg(0, "Taken in, unfit for sale.")] = 0
    rejected: Annotated[_Some, eg(0, "Not taken in.")] = 0
    lots: UnitsOf = []


class ReceiveIn(Asked):
    """Goods that came in: of the transfer, more than that, or others; all is recorded."""

    lines: Annotated[list[CameIn], Field(min_length=1, max_length=500)]
    business_time: Annotated[When | None, eg(None, "When they came; null: now.")] = None


class Line(Shown):
    """One good of a transfer."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    quantity: Annotated[int, eg(1, "What was asked for; 0 for goods that came unasked.")]
    shipped: Annotated[int, eg(1)]
    accepted: Annotated[int, eg(0)]
    damaged: Annotated[int, eg(0)]
    rejected: Annotated[int, eg(0)]
    in_transit: Annotated[int, eg(1)]


class Discrepancy(Shown):
    """What did not fit when the transfer was closed."""

    sku: Sku
    kind: Annotated[str | None, kinds(pb.DiscrepancyKind, "UNDER")]
    quantity: Annotated[int, eg(1)]


class Transfer(Shown):
    """Goods that move from one place to another."""

    transfer_id: Annotated[str, eg(TRANSFER)]
    from_location_id: Annotated[str, eg("TPE01")]
    to_location_id: Annotated[str, eg("WH1")]
    state: Annotated[str | None, kinds(pb.TransferState, "SHIPPED")]
    lines: list[Line]
    note: Annotated[str, eg("for the weekend")]
    discrepancies: list[Discrepancy]
    create_time: Time | None
    ship_time: Time | None
    close_time: Annotated[Time | None, eg(None)]
    version: Version


class TransferOut(Shown):
    """The transfer as it is now."""

    transfer: Transfer


class TransferPage(Shown):
    """Transfers, newest first."""

    transfers: list[Transfer]
    next_page_token: NextPage
