"""What a store lacks of its pickups and has sent to it, and its pickups by how far they are."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.collected import Leg
from gateway.http.shapes.fields import Asked, LocationId, NextPage, OrderId, Shown, TaskId, Time, eg, kinds, said
from gateway.http.shapes.sold import Fulfilment
from omo.order.v1 import transfer_service_pb2 as pb

_TRANSFER = "0199a5c9-44dd-7e31-8a77-5c1d9e2f3b43"
_Line = Annotated[int, Field(strict=True, ge=1, le=1_000)]
Tab = Literal["OPEN", "INCOMING", "ARRIVED", "READY", "HANDOVER"]


class RequestTransfer(Asked):
    """What is not there, and why."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("NOT_IN_STOCK")]
    line_nos: Annotated[list[_Line], Field(max_length=100), eg([], "None: all of the task.")] = []


class PickupTransfer(Shown):
    """A store's word that it has not what is to be collected there."""

    transfer_id: Annotated[str, eg(_TRANSFER)]
    fulfilment_id: TaskId
    order_id: OrderId
    location_id: LocationId
    line_nos: Annotated[list[int], eg([1])]
    reason: Annotated[str, eg("NOT_IN_STOCK")]
    state: Annotated[
        str | None,
        kinds(pb.TransferState, "SENT", "ASKED: the answer is awaited. REFUSED: nobody has it, the task was rejected."),
    ]
    promise_time: Time | None


class TransferRequested(Shown):
    """What became of it so far."""

    transfer: PickupTransfer
    fulfilment: Annotated[Fulfilment, said("The store's task; CANCELLED where all of it comes from elsewhere.")]
    legs: list[Leg]


class TransferCalledOff(Shown):
    """What was found needs no way."""

    leg: Leg
    fulfilment: Annotated[
        Fulfilment | None, eg(None, "The store's own task; null until the promise has moved to the store.")
    ]


class Pickup(Shown):
    """One entry of a tab."""

    fulfilment: Annotated[Fulfilment, said("The store's task; of what is INCOMING the source's.")]
    leg: Annotated[Leg | None, eg(None, "How far it is on its way; only of what is INCOMING.")]


class Pickups(Shown):
    """A page of a tab."""

    pickups: list[Pickup]
    next_page_token: NextPage
