"""What a store does for orders: tasks, step by step."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, PageSize, Shown, TaskPath, eg
from gateway.http.shapes.lotted import LineLotsIn
from gateway.http.shapes.sold import Fulfilment, TaskAnswer
from omo.order.v1 import fulfilment_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: tasks"])


class Tasks(Shown):
    """Tasks in version order, also those that ended, so that a screen can drop them."""

    tasks: list[Fulfilment]
    version: Annotated[int, eg(17, "Ask again with it as `after_version`.")]


class Reject(Asked):
    """Why the store cannot."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("NOT_IN_STOCK")]
    line_nos: Annotated[
        list[int], Field(max_length=100), eg([], "Only these of what is shipped, where the brand allows it; none: all.")
    ] = []


class Pick(Asked):
    """Who walks the shelves; none: the caller."""

    picker_staff_code: Annotated[str, StringConstraints(max_length=64), eg("A102")] = ""


class HandOver(Asked):
    """What the shopper shows, and what he gets."""

    pin: Annotated[str, StringConstraints(pattern=r"^(|[0-9]{6})$"), eg("482913")] = ""
    code: Annotated[str, StringConstraints(max_length=256), eg("", "Instead of the PIN: what the app shows.")] = ""
    lots: Annotated[
        list[LineLotsIn], Field(max_length=100), eg([], "Lots by line, where somebody looked; serials where asked for.")
    ] = []


@router.get("/v1/staff/tasks", operation_id="list_tasks", response_model=Tasks)
async def list_tasks(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    after_version: Annotated[int, Query(ge=0, examples=[0], description="0: all that are open.")] = 0,
    page_size: PageSize = 100,
) -> Response:
    """A store's tasks; ask again from the version that the answer gives."""
    own = ask.principal.location_ids[0] if ask.principal.location_ids else ""
    request = pb.ListTasksRequest(location_id=location or own, after_version=after_version, page_size=page_size)
    return asking.answer(Tasks, await ask(ask.to.fulfilments.ListTasks, request))


@router.get("/v1/staff/tasks/{task_id}", operation_id="get_task", response_model=TaskAnswer)
async def get_task(task_id: TaskPath, ask: Asking) -> Response:
    """One task."""
    request = pb.GetFulfilmentRequest(fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.GetFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/accept", operation_id="accept_task", response_model=TaskAnswer)
async def accept_task(task_id: TaskPath, ask: Asking) -> Response:
    """The store takes the task."""
    request = pb.AcceptFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.AcceptFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/reject", operation_id="reject_task", response_model=TaskAnswer)
async def reject_task(task_id: TaskPath, body: Reject, ask: Asking) -> Response:
    """The store cannot; its stock goes back."""
    request = translation.fill(pb.RejectFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.RejectFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/pick", operation_id="pick_task", response_model=TaskAnswer)
async def pick_task(task_id: TaskPath, ask: Asking, body: Pick | None = None) -> Response:
    """Somebody walks the shelves."""
    picker = (body.picker_staff_code if body else "") or ask.principal.staff_code
    request = pb.PickFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id, picker_staff_code=picker)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.PickFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/ready", operation_id="ready_task", response_model=TaskAnswer)
async def ready_task(task_id: TaskPath, ask: Asking) -> Response:
    """It waits for the shopper, who is told and has a PIN."""
    request = pb.ReadyFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.ReadyFulfilment, request))


@router.post("/v1/staff/tasks/{task_id}/handover", operation_id="hand_over_task", response_model=TaskAnswer)
async def hand_over_task(task_id: TaskPath, body: HandOver, ask: Asking) -> Response:
    """The shopper has it; five wrong PINs lock it."""
    request = translation.fill(pb.HandOverFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.fulfilments.HandOverFulfilment, request))
