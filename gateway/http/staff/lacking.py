"""What a store does about pickups that it lacks: has them sent, takes that back; and its list of them by tabs."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken, TaskPath
from gateway.http.shapes.lacking import Pickups, RequestTransfer, Tab, TransferCalledOff, TransferRequested
from omo.order.v1 import transfer_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: pickups"])

Place = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")]
ByTab = Annotated[Tab, Query(examples=["INCOMING"], description="How far they are; HANDOVER: the latest first.")]


@router.post(
    "/v1/staff/tasks/{task_id}/request-transfer", operation_id="request_transfer", response_model=TransferRequested
)
async def request_transfer(task_id: TaskPath, body: RequestTransfer, ask: Asking) -> Response:
    """It is not there: another place sends it, and the shopper is told; where nobody has it, it is a rejection."""
    request = translation.fill(pb.RequestTransferRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TransferRequested, await ask(ask.to.pickup_transfers.RequestTransfer, request))


@router.post(
    "/v1/staff/incoming/{task_id}/call-off", operation_id="call_off_transfer", response_model=TransferCalledOff
)
async def call_off_transfer(task_id: TaskPath, ask: Asking) -> Response:
    """It was here after all: what has not left stays where it is, what is on its way is for the shelf."""
    request = pb.CallOffTransferRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TransferCalledOff, await ask(ask.to.pickup_transfers.CallOffTransfer, request))


@router.get("/v1/staff/pickups", operation_id="list_pickups", response_model=Pickups)
async def list_pickups(
    ask: Asking, tab: ByTab, location: Place = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """A store's pickups: to be picked, incoming, arrived, ready, handed over."""
    places = ask.principal.location_ids
    request = pb.ListPickupsRequest(
        location_id=location or (places[0] if places else ""),
        tab=pb.PickupTab.Value(f"PICKUP_TAB_{tab}"),
        page_size=page_size,
        page_token=page_token,
    )
    return asking.answer(Pickups, await ask(ask.to.pickup_transfers.ListPickups, request))
