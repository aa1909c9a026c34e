"""Headquarters: service changes an order for a shopper, and says whether shoppers may."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.edited import EditAnswer, EditList, EditPolicyOut, PreviewAnswer
from gateway.http.shapes.edits_asked import ApplyEdit, PreviewEdit, PutEditPolicy
from gateway.http.shapes.fields import OrderPath
from gateway.http.shop.edits import applied, listed, looked_at
from omo.order.v1 import order_edit_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: orders"])


@router.post("/v1/hq/orders/{order_id}/edits/preview", operation_id="hq_preview_edit", response_model=PreviewAnswer)
async def hq_preview_edit(order_id: OrderPath, body: PreviewEdit, ask: Asking) -> Response:
    """What a change of the order would do and cost, and all that stands in its way; changes nothing."""
    return await looked_at(ask, order_id, body)


@router.post("/v1/hq/orders/{order_id}/edits", operation_id="hq_apply_edit", response_model=EditAnswer)
async def hq_apply_edit(order_id: OrderPath, body: ApplyEdit, ask: Asking) -> Response:
    """Changes an order as it was seen, all or nothing, while nothing that is touched is ready or packed."""
    return await applied(ask, order_id, body)


@router.get("/v1/hq/orders/{order_id}/edits", operation_id="hq_list_edits", response_model=EditList)
async def hq_list_edits(order_id: OrderPath, ask: Asking) -> Response:
    """The changes of an order, oldest first."""
    return await listed(ask, order_id)


@router.get("/v1/hq/edit-policy", operation_id="get_edit_policy", response_model=EditPolicyOut)
async def get_edit_policy(ask: Asking) -> Response:
    """Whether shoppers change their orders themselves, and how long."""
    return asking.answer(EditPolicyOut, await ask(ask.to.edits.GetEditPolicy, pb.GetEditPolicyRequest()))


@router.put("/v1/hq/edit-policy", operation_id="put_edit_policy", response_model=EditPolicyOut)
async def put_edit_policy(body: PutEditPolicy, ask: Asking) -> Response:
    """Writes the next version of it."""
    request = translation.fill(pb.PutEditPolicyRequest(request_id=ask.key), body)
    return asking.answer(EditPolicyOut, await ask(ask.to.edits.PutEditPolicy, request))
