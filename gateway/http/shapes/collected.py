"""What is collected in stores: proofs, proxies, parts, ways between stores, as every audience is shown them."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    TASK,
    Asked,
    LocationId,
    Money,
    NextPage,
    OrderId,
    Shown,
    StaffCode,
    TaskId,
    Time,
    eg,
    kinds,
    price,
)
from gateway.http.shapes.lotted import LineLotsIn
from gateway.http.shapes.sold import Fulfilment, FulfilmentLine
from omo.order.v1 import leg_service_pb2, order_pb2, pickup_service_pb2

PROXY = "0199a5c9-22bb-7e31-8a77-5c1d9e2f3b41"
REST = "0199a5c9-33cc-7e31-8a77-5c1d9e2f3b42"
ProxyPath = Annotated[str, Path(min_length=36, max_length=36, examples=[PROXY])]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("NOT_IN_STOCK")]
_Code = StringConstraints(max_length=256)


class PickupCode(Shown):
    """What the app shows instead of the PIN, for a minute."""

    code: Annotated[str, eg("OMOP1.AZmlwmDUfhGyp5HI1-b1AwAAAABpIXw", "Signed; the screen shows the next in time.")]
    expire_time: Time | None


class PickupCodeKey(Shown):
    """A key by which a till sees, also without a line, that a code is ours."""

    key_id: Annotated[str, eg("5f2d0c8e1a7b4c39")]
    public_key: Annotated[str, eg("9s0Yc1m8u5o0o5m8b0j3m2l1k0h9g8f7e6d5c4b3a2A=", "Ed25519, 32 bytes in base64.")]


class PickupCodeKeys(Shown):
    """All of them."""

    keys: list[PickupCodeKey]


class NameProxy(Asked):
    """Who collects it instead."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("陳小華", "Kept masked only.")]


class Proxy(Shown):
    """Somebody who collects for the shopper."""

    proxy_id: Annotated[str, eg(PROXY)]
    fulfilment_id: TaskId
    masked_name: Annotated[str, eg("陳○華")]
    state: Annotated[str | None, kinds(pickup_service_pb2.ProxyState, "ACTIVE")]
    pin: Annotated[str | None, eg("730164", "For the shopper to pass on; null to everybody else.")]
    create_time: Time | None


class ProxyAnswer(Shown):
    """One proxy."""

    proxy: Proxy


class Proxies(Shown):
    """Whom the shopper named, also those whom he named no longer."""

    proxies: list[Proxy]


class UnitsIn(Asked):
    """How much of one line."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=1_000), eg(1)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000), eg(1)]


class MissingIn(UnitsIn):
    """How much of one line is not there."""

    reason: Reason


class HandOverPart(Asked):
    """What the shopper shows, what he gets, and what is not there."""

    pin: Annotated[str, StringConstraints(pattern=r"^(|[0-9]{6})$"), eg("482913")] = ""
    code: Annotated[str, _Code, eg("", "Instead of the PIN: what the app shows.")] = ""
    units: Annotated[list[UnitsIn], Field(min_length=1, max_length=100)]
    missing: Annotated[
        list[MissingIn], Field(max_length=100), eg([], "Not there; what is named in neither waits on.")
    ] = []
    missing_choice: Annotated[
        Literal["CANCEL", "ASK"], eg("CANCEL", "CANCEL: its money is let go. ASK: the shopper says from where.")
    ] = "CANCEL"
    lots: Annotated[
        list[LineLotsIn], Field(max_length=100), eg([], "Lots by line, where somebody looked; serials where asked for.")
    ] = []


class Missing(Shown):
    """How much of one line was not there."""

    line_no: Annotated[int, eg(1)]
    quantity: Annotated[int, eg(1, "Base units.")]
    reason: Annotated[str | None, eg("NOT_IN_STOCK")]
    choice: Annotated[str | None, kinds(pickup_service_pb2.MissingChoice, "CANCEL")]


class Acknowledgement(Shown):
    """What was handed over, by whom, to whom, on what proof: the slip that he signs."""

    fulfilment_id: TaskId
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    location_id: LocationId
    handover_time: Time | None
    staff_code: Annotated[StaffCode | None, eg("A102", "Who handed it over.")]
    proof: Annotated[str | None, kinds(pickup_service_pb2.PickupProof, "PIN")]
    proxy_id: Annotated[str | None, eg(None, "Null: the shopper came himself.")]
    masked_name: Annotated[str | None, eg("陳○明", "Of whoever came.")]
    lines: list[FulfilmentLine]
    missing: list[Missing]
    amount: Annotated[Money | None, price(12160, "What is taken for it.")]
    rest_fulfilment_id: Annotated[str | None, eg(None, "The task of what waits on.")]


class AcknowledgementAnswer(Shown):
    """One slip."""

    acknowledgement: Acknowledgement


class PartAnswer(Shown):
    """What was handed over, and what waits on."""

    fulfilment: Fulfilment
    rest: Annotated[Fulfilment | None, eg(None, "Null: nothing.")]
    acknowledgement: Acknowledgement


class Leg(Shown):
    """Goods of one order on their way to the store where they are collected."""

    fulfilment_id: Annotated[str, eg(TASK, "The source's task.")]
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    from_location_id: Annotated[LocationId, eg("WH1")]
    to_location_id: LocationId
    state: Annotated[str | None, kinds(leg_service_pb2.LegState, "IN_TRANSIT")]
    task_state: Annotated[
        str | None, kinds(order_pb2.FulfilmentState, "IN_TRANSIT", "CANCELLED on the way: it goes to the shelf.")
    ]
    lines: list[FulfilmentLine]
    masked_name: Annotated[str | None, eg("陳○明")]
    left_time: Time | None
    arrive_time: Annotated[Time | None, eg(None)]


class Legs(Shown):
    """What is on its way to a store, or will be."""

    legs: list[Leg]
    next_page_token: NextPage


class LegAnswer(Shown):
    """One way."""

    leg: Leg


class ReceiveLeg(Asked):
    """What did not come."""

    short: Annotated[list[MissingIn], Field(max_length=100), eg([], "None: all of it came.")] = []


class ReceivedAnswer(Shown):
    """What came, and the store's own task of it."""

    leg: Leg
    fulfilment: Annotated[Fulfilment | None, eg(None, "Null: nobody waits for it.")]
