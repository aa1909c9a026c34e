"""Store staff change an order for a shopper."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.edited import EditAnswer, EditList, PreviewAnswer
from gateway.http.shapes.edits_asked import ApplyEdit, PreviewEdit
from gateway.http.shapes.fields import OrderPath
from gateway.http.shop.edits import applied, listed, looked_at

router = APIRouter(route_class=Door, tags=["Staff: orders"])


@router.post(
    "/v1/staff/orders/{order_id}/edits/preview", operation_id="staff_preview_edit", response_model=PreviewAnswer
)
async def staff_preview_edit(order_id: OrderPath, body: PreviewEdit, ask: Asking) -> Response:
    """What a change of the order would do and cost, and all that stands in its way; changes nothing."""
    return await looked_at(ask, order_id, body)


@router.post("/v1/staff/orders/{order_id}/edits", operation_id="staff_apply_edit", response_model=EditAnswer)
async def staff_apply_edit(order_id: OrderPath, body: ApplyEdit, ask: Asking) -> Response:
    """Changes an order as it was seen, all or nothing, while nothing that is touched is ready or packed."""
    return await applied(ask, order_id, body)


@router.get("/v1/staff/orders/{order_id}/edits", operation_id="staff_list_edits", response_model=EditList)
async def staff_list_edits(order_id: OrderPath, ask: Asking) -> Response:
    """The changes of an order, oldest first."""
    return await listed(ask, order_id)
