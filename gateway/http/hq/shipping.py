"""What headquarters change about tasks that stand, and how the brand has its stores send."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken, TaskPath
from gateway.http.shapes.freight import PutShippingFees, ShippingFees, ShippingFeesAnswer, ShippingFeesPage
from gateway.http.shapes.parcels import Hold, Merge, Move, Split
from gateway.http.shapes.shipped import PutShippingTerms, ShippingTermsAnswer, SplitAnswer
from gateway.http.shapes.sold import TaskAnswer
from omo.order.v1 import fulfilment_care_service_pb2 as care
from omo.order.v1 import shipping_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: tasks"])
FeesVersion = Annotated[int, Query(ge=0, examples=[0], description="0: the ones in force.")]


@router.post("/v1/hq/tasks/{task_id}/hold", operation_id="hold_any_task", response_model=TaskAnswer)
async def hold_any_task(task_id: TaskPath, body: Hold, ask: Asking) -> Response:
    """Stops a task of any place where it is."""
    request = translation.fill(care.HoldFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.HoldFulfilment, request))


@router.post("/v1/hq/tasks/{task_id}/release", operation_id="release_any_task", response_model=TaskAnswer)
async def release_any_task(task_id: TaskPath, ask: Asking) -> Response:
    """Lets it go on from where it was."""
    request = care.ReleaseFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.ReleaseFulfilment, request))


@router.post("/v1/hq/tasks/{task_id}/split", operation_id="split_any_task", response_model=SplitAnswer)
async def split_any_task(task_id: TaskPath, body: Split, ask: Asking) -> Response:
    """Makes a task of its own of some units, before they are packed."""
    request = translation.fill(care.SplitFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(SplitAnswer, await ask(ask.to.task_care.SplitFulfilment, request))


@router.post("/v1/hq/tasks/{task_id}/merge", operation_id="merge_any_tasks", response_model=TaskAnswer)
async def merge_any_tasks(task_id: TaskPath, body: Merge, ask: Asking) -> Response:
    """Makes one task again of two parts that stand alike."""
    request = translation.fill(care.MergeFulfilmentsRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.MergeFulfilments, request))


@router.post("/v1/hq/tasks/{task_id}/move", operation_id="move_task", response_model=TaskAnswer)
async def move_task(task_id: TaskPath, body: Move, ask: Asking) -> Response:
    """Has another place send it: it waits until its promise stands there, or goes on where it was."""
    request = translation.fill(care.MoveFulfilmentRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(TaskAnswer, await ask(ask.to.task_care.MoveFulfilment, request))


@router.get("/v1/hq/shipping-terms", operation_id="get_shipping_terms", response_model=ShippingTermsAnswer)
async def get_shipping_terms(ask: Asking) -> Response:
    """How the brand has its stores send."""
    return asking.answer(ShippingTermsAnswer, await ask(ask.to.shipping.GetShippingTerms, pb.GetShippingTermsRequest()))


@router.put("/v1/hq/shipping-terms", operation_id="put_shipping_terms", response_model=ShippingTermsAnswer)
async def put_shipping_terms(body: PutShippingTerms, ask: Asking) -> Response:
    """New terms, for what is accepted, packed or rejected from now on."""
    request = translation.fill(pb.PutShippingTermsRequest(request_id=ask.key), body)
    return asking.answer(ShippingTermsAnswer, await ask(ask.to.shipping.PutShippingTerms, request))


@router.get("/v1/hq/shipping-fees", operation_id="get_shipping_fees", response_model=ShippingFeesAnswer)
async def get_shipping_fees(ask: Asking, version: FeesVersion = 0) -> Response:
    """What bringing goods costs, in force or in a version."""
    reply = await ask(ask.to.shipping.GetShippingFees, pb.GetShippingFeesRequest(version=version))
    return asking.answer(ShippingFeesAnswer, reply)


@router.put("/v1/hq/shipping-fees", operation_id="put_shipping_fees", response_model=ShippingFeesAnswer)
async def put_shipping_fees(body: PutShippingFees, ask: Asking) -> Response:
    """The next version of all fees: quotes from now on are priced by it, orders and quotes before keep theirs.

    A method of a channel has at most one fee for each way; what has none is free, as collecting in a store always is.
    """
    request = translation.fill(pb.PutShippingFeesRequest(request_id=ask.key), body)
    return asking.answer(ShippingFeesAnswer, await ask(ask.to.shipping.PutShippingFees, request))


@router.get("/v1/hq/shipping-fees/versions", operation_id="list_shipping_fees", response_model=ShippingFeesPage)
async def list_shipping_fees(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Which fees there were, newest first, and who put them in force."""
    request = pb.ListShippingFeesRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.shipping.ListShippingFees, request)
    return asking.page(ShippingFees, "versions", reply.versions, reply.next_page_token)
