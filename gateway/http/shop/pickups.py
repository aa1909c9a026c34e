"""What a shopper collects: proofs, proxies, appointments, and what follows when he does not."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.awaited import (
    AppealIn,
    AppointmentAnswer,
    AppointmentPath,
    Appointments,
    Book,
    Day,
    NoShowAnswer,
    NoShowPolicyAnswer,
    PickupStanding,
    Slots,
    Staff,
)
from gateway.http.shapes.collected import (
    AcknowledgementAnswer,
    NameProxy,
    PickupCode,
    Proxies,
    ProxyAnswer,
    ProxyPath,
)
from gateway.http.shapes.fields import TaskPath
from kit.errors import Code, Fault
from omo.attribution.v1 import attribution_service_pb2 as attribution
from omo.order.v1 import appointment_service_pb2 as appointments
from omo.order.v1 import noshow_service_pb2 as noshows
from omo.order.v1 import pickup_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Pickups"])
_SECONDS = 1.0


@router.post("/v1/pickups/{task_id}/code", operation_id="show_pickup_code", response_model=PickupCode)
async def show_pickup_code(task_id: TaskPath, ask: Asking) -> Response:
    """A code that the app shows in the store instead of the PIN, for a minute."""
    return asking.answer(
        PickupCode, await ask(ask.to.pickups.ShowPickupCode, pb.ShowPickupCodeRequest(fulfilment_id=task_id))
    )


@router.post(
    "/v1/pickups/{task_id}/proxies",
    operation_id="name_proxy",
    response_model=ProxyAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def name_proxy(task_id: TaskPath, body: NameProxy, ask: Asking) -> Response:
    """Somebody else collects it, by a PIN of his own, which the shopper passes on."""
    request = translation.fill(pb.NameProxyRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(ProxyAnswer, await ask(ask.to.pickups.NameProxy, request), status.HTTP_201_CREATED)


@router.get("/v1/pickups/{task_id}/proxies", operation_id="list_proxies", response_model=Proxies)
async def list_proxies(task_id: TaskPath, ask: Asking) -> Response:
    """Whom the shopper named."""
    return asking.answer(Proxies, await ask(ask.to.pickups.ListProxies, pb.ListProxiesRequest(fulfilment_id=task_id)))


@router.post("/v1/pickup-proxies/{proxy_id}/revoke", operation_id="revoke_proxy", response_model=ProxyAnswer)
async def revoke_proxy(proxy_id: ProxyPath, ask: Asking) -> Response:
    """He collects it no more."""
    request = pb.RevokeProxyRequest(request_id=ask.key, proxy_id=proxy_id)
    return asking.answer(ProxyAnswer, await ask(ask.to.pickups.RevokeProxy, request))


@router.get(
    "/v1/pickups/{task_id}/acknowledgement", operation_id="get_my_acknowledgement", response_model=AcknowledgementAnswer
)
async def get_my_acknowledgement(task_id: TaskPath, ask: Asking) -> Response:
    """What was handed over, to whom, on what proof."""
    request = pb.GetAcknowledgementRequest(fulfilment_id=task_id)
    return asking.answer(AcknowledgementAnswer, await ask(ask.to.pickups.GetAcknowledgement, request))


@router.get("/v1/pickup-slots", operation_id="list_pickup_slots", response_model=Slots)
async def list_pickup_slots(
    ask: Asking,
    location: Annotated[str, Query(min_length=1, max_length=64, examples=["TPE01"], description="Which store.")],
    day: Day,
    staff_code: Staff = "",
) -> Response:
    """When a store receives shoppers on a day, and what of it is free."""
    request = appointments.ListSlotsRequest(location_id=location, day=day, staff_code=staff_code)
    return asking.answer(Slots, await ask(ask.to.appointments.ListSlots, request))


@router.post("/v1/pickups/{task_id}/appointment", operation_id="book_appointment", response_model=AppointmentAnswer)
async def book_appointment(task_id: TaskPath, body: Book, ask: Asking) -> Response:
    """The shopper comes then, to the adviser he is bound to unless he names somebody; asked again, it is moved."""
    request = appointments.BookAppointmentRequest(request_id=ask.key, fulfilment_id=task_id)
    request.start_time.FromDatetime(body.start_time)
    if body.staff_code is not None:
        request.staff_code = body.staff_code
        return asking.answer(AppointmentAnswer, await ask(ask.to.appointments.BookAppointment, request))
    request.staff_code = await _adviser(ask)
    try:
        return asking.answer(AppointmentAnswer, await ask(ask.to.appointments.BookAppointment, request))
    except Fault as fault:
        # he works elsewhere by now: whoever is there
        if fault.reason != "STAFF_UNKNOWN" or not request.staff_code:
            raise
    request.staff_code = ""
    return asking.answer(AppointmentAnswer, await ask(ask.to.appointments.BookAppointment, request))


@router.get("/v1/me/appointments", operation_id="list_my_appointments", response_model=Appointments)
async def list_my_appointments(ask: Asking) -> Response:
    """When the shopper is awaited."""
    return asking.answer(
        Appointments, await ask(ask.to.appointments.ListAppointments, appointments.ListAppointmentsRequest())
    )


@router.post(
    "/v1/appointments/{appointment_id}/move", operation_id="move_appointment", response_model=AppointmentAnswer
)
async def move_appointment(appointment_id: AppointmentPath, body: Book, ask: Asking) -> Response:
    """Another time, or somebody else."""
    request = appointments.MoveAppointmentRequest(request_id=ask.key, appointment_id=appointment_id)
    request = translation.fill(request, body)
    return asking.answer(AppointmentAnswer, await ask(ask.to.appointments.MoveAppointment, request))


@router.post(
    "/v1/appointments/{appointment_id}/cancel", operation_id="cancel_appointment", response_model=AppointmentAnswer
)
async def cancel_appointment(appointment_id: AppointmentPath, ask: Asking) -> Response:
    """He comes whenever he likes."""
    request = appointments.CancelAppointmentRequest(request_id=ask.key, appointment_id=appointment_id)
    return asking.answer(AppointmentAnswer, await ask(ask.to.appointments.CancelAppointment, request))


@router.get("/v1/pickup-policy", operation_id="get_pickup_policy", response_model=NoShowPolicyAnswer)
async def get_pickup_policy(ask: Asking) -> Response:
    """What follows when something is not collected."""
    return asking.answer(
        NoShowPolicyAnswer, await ask(ask.to.noshows.GetNoShowPolicy, noshows.GetNoShowPolicyRequest())
    )


@router.get("/v1/me/pickup-standing", operation_id="get_my_pickup_standing", response_model=PickupStanding)
async def get_my_pickup_standing(ask: Asking) -> Response:
    """What the member did not collect, and what follows from it now."""
    request = noshows.GetPickupStandingRequest(member_id=ask.me)
    return asking.answer(PickupStanding, await ask(ask.to.noshows.GetPickupStanding, request))


@router.post("/v1/pickups/{task_id}/appeal", operation_id="appeal_no_show", response_model=NoShowAnswer)
async def appeal_no_show(task_id: TaskPath, body: AppealIn, ask: Asking) -> Response:
    """It was not the member's doing, he says; once for each."""
    request = noshows.AppealNoShowRequest(request_id=ask.key, fulfilment_id=task_id, reason=body.reason)
    return asking.answer(NoShowAnswer, await ask(ask.to.noshows.AppealNoShow, request))


async def _adviser(ask: Asking) -> str:
    """Whom the member is bound to; nobody where that is unknown, or attribution is away."""
    try:
        reply = await ask.to.bindings.GetBinding(attribution.GetBindingRequest(member_id=ask.me), timeout=_SECONDS)
    except Fault as fault:
        if fault.code in (Code.INTERNAL, Code.UNAUTHENTICATED):
            raise
        return ""
    return str(reply.binding.staff_code)
