"""What a store does about pickups beyond its plain tasks: parts, what comes from elsewhere, appointments, the shelf."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.awaited import Appointments, HoursAnswer, HoursIn, MaybeDay, PlacePath, Staff
from gateway.http.shapes.collected import (
    AcknowledgementAnswer,
    HandOverPart,
    LegAnswer,
    Legs,
    PartAnswer,
    PickupCodeKeys,
    ReceivedAnswer,
    ReceiveLeg,
)
from gateway.http.shapes.fields import PageSize, PageToken, TaskPath
from gateway.http.shapes.housed import ShelfAnswer
from omo.order.v1 import appointment_service_pb2 as appointments
from omo.order.v1 import leg_service_pb2 as legs
from omo.order.v1 import noshow_service_pb2 as noshows
from omo.order.v1 import pickup_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: pickups"])

Place = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")]


@router.post("/v1/staff/tasks/{task_id}/handover-part", operation_id="hand_over_part", response_model=PartAnswer)
async def hand_over_part(task_id: TaskPath, body: HandOverPart, ask: Asking) -> Response:
    """The shopper gets a part; the rest waits on, and what is not there is told to stock."""
    request = translation.fill(pb.HandOverPartRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(PartAnswer, await ask(ask.to.pickups.HandOverPart, request))


@router.get(
    "/v1/staff/tasks/{task_id}/acknowledgement",
    operation_id="get_acknowledgement",
    response_model=AcknowledgementAnswer,
)
async def get_acknowledgement(task_id: TaskPath, ask: Asking) -> Response:
    """The slip of a handover, as data for a page or a printer."""
    request = pb.GetAcknowledgementRequest(fulfilment_id=task_id)
    return asking.answer(AcknowledgementAnswer, await ask(ask.to.pickups.GetAcknowledgement, request))


@router.get("/v1/staff/pickup-code-keys", operation_id="get_pickup_code_keys", response_model=PickupCodeKeys)
async def get_pickup_code_keys(ask: Asking) -> Response:
    """The keys by which a till sees that a shopper's code is ours, also without a line."""
    return asking.answer(PickupCodeKeys, await ask(ask.to.pickups.GetPickupCodeKeys, pb.GetPickupCodeKeysRequest()))


@router.get("/v1/staff/incoming", operation_id="list_incoming", response_model=Legs)
async def list_incoming(
    ask: Asking, location: Place = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What other places send here to be collected."""
    request = legs.ListIncomingRequest(location_id=location or _own(ask), page_size=page_size, page_token=page_token)
    return asking.answer(Legs, await ask(ask.to.legs.ListIncoming, request))


@router.post("/v1/staff/tasks/{task_id}/dispatch", operation_id="dispatch_task", response_model=LegAnswer)
async def dispatch_task(task_id: TaskPath, ask: Asking) -> Response:
    """What was picked leaves for the store where it is collected."""
    request = legs.DispatchLegRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(LegAnswer, await ask(ask.to.legs.DispatchLeg, request))


@router.post("/v1/staff/incoming/{task_id}/receive", operation_id="receive_incoming", response_model=ReceivedAnswer)
async def receive_incoming(task_id: TaskPath, ask: Asking, body: ReceiveLeg | None = None) -> Response:
    """It came: the store's own task from now on; what did not come is cancelled, and its shopper told."""
    request = translation.fill(legs.ReceiveLegRequest(request_id=ask.key, fulfilment_id=task_id), body or ReceiveLeg())
    return asking.answer(ReceivedAnswer, await ask(ask.to.legs.ReceiveLeg, request))


@router.get("/v1/staff/appointments", operation_id="list_appointments", response_model=Appointments)
async def list_appointments(ask: Asking, location: Place = "", day: MaybeDay = "", staff_code: Staff = "") -> Response:
    """Whom a store awaits on a day, in the order of time."""
    request = appointments.ListAppointmentsRequest(location_id=location or _own(ask), day=day, staff_code=staff_code)
    return asking.answer(Appointments, await ask(ask.to.appointments.ListAppointments, request))


@router.get("/v1/staff/stores/{location_id}/pickup-hours", operation_id="get_pickup_hours", response_model=HoursAnswer)
async def get_pickup_hours(location_id: PlacePath, ask: Asking) -> Response:
    """When a store receives shoppers with an appointment."""
    request = appointments.GetPickupHoursRequest(location_id=location_id)
    return asking.answer(HoursAnswer, await ask(ask.to.appointments.GetPickupHours, request))


@router.put("/v1/staff/stores/{location_id}/pickup-hours", operation_id="put_pickup_hours", response_model=HoursAnswer)
async def put_pickup_hours(location_id: PlacePath, body: HoursIn, ask: Asking) -> Response:
    """From now on; appointments that were made before stay."""
    request = appointments.PutPickupHoursRequest(request_id=ask.key)
    translation.fill(request.hours, body, location_id=location_id)
    return asking.answer(HoursAnswer, await ask(ask.to.appointments.PutPickupHours, request))


@router.post("/v1/staff/tasks/{task_id}/return-to-shelf", operation_id="return_to_shelf", response_model=ShelfAnswer)
async def return_to_shelf(task_id: TaskPath, ask: Asking) -> Response:
    """What nobody collected lies on the shelf again: its money goes back, as far as the terms say."""
    request = noshows.ReturnToShelfRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(ShelfAnswer, await ask(ask.to.noshows.ReturnToShelf, request))


def _own(ask: Asking) -> str:
    places = ask.principal.location_ids
    return places[0] if places else ""
