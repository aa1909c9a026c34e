"""Store staff: what is wrong on the shelves of their store, and how sure the books are."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.shelved import (
    ClaimIn,
    Confidence,
    ConfidencePage,
    LevelOut,
    Reasons,
    ResolveIn,
    StockTask,
    StockTaskOut,
    StockTaskPage,
    StockTaskPath,
    VarianceIn,
)
from omo.inventory.v1 import counting_variance_service_pb2 as pb
from omo.inventory.v1 import tasks_service_pb2 as tasks

router = APIRouter(route_class=Door, tags=["Staff: shelves"])


@router.get("/v1/staff/stock/tasks", operation_id="list_my_stock_tasks", response_model=StockTaskPage)
async def list_my_stock_tasks(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    kind: Annotated[str, Query(max_length=64, examples=["COUNT"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """What somebody should look at in the stock room, oldest first."""
    request = tasks.ListStockTasksRequest(location_id=location, kind=kind, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.stock_tasks.ListStockTasks, request)
    return asking.page(StockTask, "tasks", reply.tasks, reply.next_page_token)


@router.post("/v1/staff/stock/tasks/{task_id}/claim", operation_id="claim_my_stock_task", response_model=StockTaskOut)
async def claim_my_stock_task(task_id: StockTaskPath, body: ClaimIn, ask: Asking) -> Response:
    """Takes a task, or gives it back."""
    request = translation.fill(tasks.ClaimStockTaskRequest(request_id=ask.key, task_id=task_id), body)
    return asking.answer(StockTaskOut, await ask(ask.to.stock_tasks.ClaimStockTask, request))


@router.post(
    "/v1/staff/stock/tasks/{task_id}/resolve", operation_id="resolve_my_stock_task", response_model=StockTaskOut
)
async def resolve_my_stock_task(task_id: StockTaskPath, body: ResolveIn, ask: Asking) -> Response:
    """Ends a task."""
    request = translation.fill(tasks.ResolveStockTaskRequest(request_id=ask.key, task_id=task_id), body)
    return asking.answer(StockTaskOut, await ask(ask.to.stock_tasks.ResolveStockTask, request))


@router.get("/v1/staff/stock/variance-reasons", operation_id="list_my_variance_reasons", response_model=Reasons)
async def list_my_variance_reasons(ask: Asking) -> Response:
    """Why a shelf may not be what the books say, and what each reason does."""
    return asking.answer(Reasons, await ask(ask.to.variances.ListVarianceReasons, pb.ListVarianceReasonsRequest()))


@router.post("/v1/staff/stock/variances", operation_id="post_my_variance", response_model=LevelOut, status_code=201)
async def post_my_variance(body: VarianceIn, ask: Asking) -> Response:
    """Books what was found on the shelf, by its reason."""
    request = translation.fill(pb.PostVarianceRequest(request_id=ask.key), body)
    return asking.answer(LevelOut, await ask(ask.to.variances.PostVariance, request), 201)


@router.get("/v1/staff/stock/confidence", operation_id="list_my_confidence", response_model=ConfidencePage)
async def list_my_confidence(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """How sure the books are, the least sure first."""
    request = pb.ListConfidenceRequest(location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.variances.ListConfidence, request)
    return asking.page(Confidence, "confidences", reply.confidences, reply.next_page_token)
