"""Parcels, as shoppers and staff are shown them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, Shown, StaffCode, TaskId, Time, Whole, eg, kinds
from gateway.http.shapes.lotted import LineLotsIn
from omo.order.v1 import parcel_pb2

PARCEL = "0199a5c2-7b11-7f3c-8a55-5d0e9c1b7a42"
_Code = StringConstraints(max_length=64, pattern=r"^[\x21-\x7e]*$")
_Reason = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("ADDRESS_UNCLEAR")]


class ParcelUnits(Shown):
    """Units of a line that are in the parcel."""

    line_no: Annotated[int, eg(1)]
    first_unit: Annotated[int, eg(0)]
    quantity: Annotated[int, eg(1)]


class Parcel(Shown):
    """One parcel: where it stands, and where it can be followed."""

    parcel_id: Annotated[str, eg(PARCEL)]
    number: Annotated[int, eg(1)]
    state: Annotated[str | None, kinds(parcel_pb2.ParcelState, "SHIPPED")]
    carrier: Annotated[str, eg("simulator")]
    service: Annotated[str, eg("standard")]
    tracking_no: Annotated[str, eg("SIM4F2A9C01B7E3")]
    tracking_url: Annotated[str, eg("https://carrier.example/track/SIM4F2A9C01B7E3")]
    units: list[ParcelUnits]
    weight_grams: Annotated[int, eg(1250)]
    told: Annotated[str, eg("IN_TRANSIT")]
    told_time: Time | None
    refusal: Annotated[str, eg("")]


class UnitsIn(Asked):
    """A run of units of one line."""

    line_no: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1)]
    first_unit: Annotated[Whole, Field(ge=0, le=1_000_000_000), eg(0)] = 0
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000_000), eg(1)]


class ParcelIn(Asked):
    """A parcel as it was packed; without units, it holds all of the task and is its only one."""

    units: Annotated[list[UnitsIn], Field(max_length=1_000), eg([])] = []
    carrier: Annotated[str, _Code, eg("")] = ""
    service: Annotated[str, _Code, eg("standard")] = ""
    weight_grams: Annotated[Whole, Field(ge=0, le=1_000_000), eg(1250)] = 0
    lots: Annotated[
        list[LineLotsIn], Field(max_length=100), eg([], "Which lots are in it; serials where asked for.")
    ] = []


class Pack(Asked):
    """The parcels of the task; none: one of everything."""

    parcels: Annotated[list[ParcelIn], Field(max_length=50), eg([])] = []


class BookAgain(Asked):
    """To whom a refused parcel is offered now."""

    carrier: Annotated[str, _Code, eg("")] = ""
    service: Annotated[str, _Code, eg("")] = ""


class StartPickList(Asked):
    """Which tasks are walked for; none: what waits longest to be sent."""

    location_id: Annotated[str, _Code, eg("TPE01", "None: the caller's own.")] = ""
    fulfilment_ids: Annotated[list[TaskId], Field(max_length=100), eg([], "None: those that wait.")] = []
    size: Annotated[Whole, Field(ge=0, le=100), eg(20, "So many tasks at most; 0: 20.")] = 0
    picker_staff_code: Annotated[StaffCode | None, eg(None)] = None


class Hold(Asked):
    """Why it must wait."""

    reason: _Reason


class Split(Asked):
    """What becomes a task of its own."""

    units: Annotated[list[UnitsIn], Field(min_length=1, max_length=1_000)]


class Merge(Asked):
    """What becomes one with it."""

    other_fulfilment_id: TaskId


class Move(Asked):
    """Who is to send it instead."""

    location_id: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("TPE02")]
    reason: _Reason
