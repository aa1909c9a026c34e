"""A shopper changes his order."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.edited import EditAnswer, EditList, OrderEdit, PreviewAnswer
from gateway.http.shapes.edits_asked import ApplyEdit, PreviewEdit
from gateway.http.shapes.fields import OrderPath
from omo.order.v1 import order_edit_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Orders"])


async def looked_at(ask: Ask, order_id: str, body: PreviewEdit) -> Response:
    """What a change would do."""
    request = translation.fill(pb.PreviewEditRequest(order_id=order_id), body)
    return asking.answer(PreviewAnswer, await ask(ask.to.edits.PreviewEdit, request))


async def applied(ask: Ask, order_id: str, body: ApplyEdit) -> Response:
    """The change, all of it or nothing."""
    request = translation.fill(pb.ApplyEditRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(EditAnswer, await ask(ask.to.edits.ApplyEdit, request))


async def listed(ask: Ask, order_id: str) -> Response:
    """An order's changes."""
    reply = await ask(ask.to.edits.GetEdits, pb.GetEditsRequest(order_id=order_id))
    return asking.encoded({"edits": translation.show_all(OrderEdit, reply.edits)})


@router.post("/v1/orders/{order_id}/edits/preview", operation_id="preview_edit", response_model=PreviewAnswer)
async def preview_edit(order_id: OrderPath, body: PreviewEdit, ask: Asking) -> Response:
    """What a change of the order would do and cost, and all that stands in its way; changes nothing."""
    return await looked_at(ask, order_id, body)


@router.post("/v1/orders/{order_id}/edits", operation_id="apply_edit", response_model=EditAnswer)
async def apply_edit(order_id: OrderPath, body: ApplyEdit, ask: Asking) -> Response:
    """Changes the order as it was seen, all or nothing, while nothing that is touched is ready or packed.

    What stays keeps its price, what goes gives back what it had cost, and what is added costs what it costs today: it
    is held and paid as an order of its own, `added_order_id`. For whom its invoice is changes until one is issued,
    where it is collected until somebody works on it: MOVING while inventory is away, however long, then APPLIED, or
    REFUSED and collected where it was.
    """
    return await applied(ask, order_id, body)


@router.get("/v1/orders/{order_id}/edits", operation_id="list_edits", response_model=EditList)
async def list_edits(order_id: OrderPath, ask: Asking) -> Response:
    """The changes of an order, oldest first."""
    return await listed(ask, order_id)
