"""How a store sends what it picked: lists, parcels, labels, parts."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import TaskPath
from gateway.http.shapes.parcels import PARCEL, BookAgain, Hold, Merge, Pack, Split, StartPickList
from gateway.http.shapes.shipped import PICK_LIST, PickListAnswer, SplitAnswer
from gateway.http.shapes.sold import TaskAnswer
from kit.rpc import deadline
from omo.order.v1 import fulfilment_care_service_pb2 as care
from omo.order.v1 import shipping_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: sending"])

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
ParcelPath = Annotated[str, Path(pattern=_UUID, examples=[PARCEL], description="One of the task's `parcels`.")]
ListPath = Annotated[str, Path(pattern=_UUID, examples=[PICK_LIST], description="`pick_list_id` of the list.")]
# the first page of a process brings the printer with it
_PRINT_WITHIN = 10.0
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The label, 100 × 150 mm.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "<pdf>"}},
    }
}


@router.post("/v1/staff/pick-lists", operation_id="start_pick_list", response_model=PickListAnswer, status_code=201)
async def start_pick_list(body: StartPickList, ask: Asking) -> Response:
    """One walk along the shelves for many tasks; all of them are being picked from now on."""
    request = translation.fill(pb.StartPickListRequest(request_id=ask.key), body)
    if not request.location_id and ask.principal.location_ids:
        request.location_id = ask.principal.location_ids[0]
    return asking.answer(PickListAnswer, await ask(ask.to.shipping.StartPickList, request), 201)


@router.get("/v1/staff/pick-lists/{pick_list_id}", operation_id="get_pick_list", response_model=PickListAnswer)
async def get_pick_list(pick_list_id: ListPath, ask: Asking) -> Response:
    """The list once more: what is still to fetch."""
    return asking.answer(
        PickListAnswer, await ask(ask.to.shipping.GetPickList, pb.GetPickListRequest(pick_list_id=pick_list_id))
    )


@router.post("/v1/staff/tasks/{task_id}/pack", operation_id="pack_task", response_model=TaskAnswer)
async def pack_task(task_id: TaskPath, ask: Asking, body: Pack | None = None) -> Response:
    """The task is in these parcels; their carriers are asked to come."""
    request = translation.fill(pb.PackFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body or Pack())
    return asking.answer(TaskAnswer, await ask(ask.to.shipping.PackFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/ship", operation_id="ship_task", response_model=TaskAnswer)
async def ship_task(task_id: TaskPath, ask: Asking) -> Response:
    """The carrier took all of it; carriers' own words lead here too."""
    request = pb.ShipFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.shipping.ShipFulfilment, request))


@router.post("/v1/staff/parcels/{parcel_id}/book", operation_id="book_parcel", response_model=TaskAnswer)
async def book_parcel(parcel_id: ParcelPath, ask: Asking, body: BookAgain | None = None) -> Response:
    """A refused parcel is offered once more, to the same carrier or another."""
    request = translation.fill(pb.BookParcelRequest(request_id=ask.key, parcel_id=parcel_id), body or BookAgain())
    return asking.answer(TaskAnswer, await ask(ask.to.shipping.BookParcel, request))


@router.get("/v1/staff/parcels/{parcel_id}/label", operation_id="get_label", responses=_PDF, response_class=Response)
async def get_label(parcel_id: ParcelPath, ask: Asking) -> Response:
    """The label to print; the address on it is opened for this page, which is written down."""
    with deadline.within(_PRINT_WITHIN):
        label = await ask(ask.to.shipping.GetLabel, pb.GetLabelRequest(parcel_id=parcel_id))
    headers = {
        "content-disposition": f'inline; filename="{label.tracking_no}.pdf"',
        "cache-control": "no-store",
    }
    return Response(label.pdf, media_type="application/pdf", headers=headers)


@router.post("/v1/staff/tasks/{task_id}/hold", operation_id="hold_task", response_model=TaskAnswer)
async def hold_task(task_id: TaskPath, body: Hold, ask: Asking) -> Response:
    """Stops a task where it is."""
    request = translation.fill(care.HoldFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.HoldFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/release", operation_id="release_task", response_model=TaskAnswer)
async def release_task(task_id: TaskPath, ask: Asking) -> Response:
    """Lets it go on from where it was."""
    request = care.ReleaseFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.ReleaseFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/split", operation_id="split_task", response_model=SplitAnswer)
async def split_task(task_id: TaskPath, body: Split, ask: Asking) -> Response:
    """Makes a task of its own of some units, before they are packed."""
    request = translation.fill(care.SplitFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(SplitAnswer, await ask(ask.to.task_care.SplitFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/merge", operation_id="merge_tasks", response_model=TaskAnswer)
async def merge_tasks(task_id: TaskPath, body: Merge, ask: Asking) -> Response:
    """Makes one task again of two parts that stand alike."""
    request = translation.fill(care.MergeFulfilmentsRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.MergeFulfilments, request))
