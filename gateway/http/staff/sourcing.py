"""Store staff: why an order came to this store, and a store that cannot take more."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.sourced import Explained, PauseIn, PauseOut, SourcedPath, explained
from omo.inventory.v1 import sourcing_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: sourcing"])


@router.get("/v1/staff/sourcing/orders/{order_id}", operation_id="explain_my_sourcing", response_model=Explained)
async def explain_my_sourcing(ask: Asking, order_id: SourcedPath) -> Response:
    """Why this store? Every decision of an order with its reasons."""
    return await explained(ask, order_id)


@router.post("/v1/staff/sourcing/pauses", operation_id="pause_my_store", response_model=PauseOut)
async def pause_my_store(body: PauseIn, ask: Asking) -> Response:
    """Stops the caller's store from being asked to ship orders, or lifts that."""
    request = translation.fill(pb.PauseLocationRequest(request_id=ask.key), body)
    return asking.answer(PauseOut, await ask(ask.to.sourcing.PauseLocation, request))
