"""What a shopper does whose store cannot have ready what he was to collect: by his link, or from his order."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import OrderPath
from gateway.http.shapes.rerouted import ChoosePickup, LookAtChoice, PickupChoiceAnswer, PickupLinkAnswer
from omo.order.v1 import rerouting_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Pickups"])


@router.post("/v1/pickup-choices/look", operation_id="look_at_pickup_choice", response_model=PickupChoiceAnswer)
async def look_at_pickup_choice(body: LookAtChoice, ask: Asking) -> Response:
    """What is lacking and what can be chosen now, for whoever holds the link; nobody need be signed in."""
    request = translation.fill(pb.GetPickupChoiceRequest(), body)
    return asking.answer(PickupChoiceAnswer, await ask(ask.to.rerouting.GetPickupChoice, request))


@router.post("/v1/pickup-choices", operation_id="choose_pickup", response_model=PickupChoiceAnswer)
async def choose_pickup(body: ChoosePickup, ask: Asking) -> Response:
    """Takes the choice; of several the first counts. The price stays, and shipping costs nothing."""
    request = translation.fill(pb.ChoosePickupRequest(), body)
    return asking.answer(PickupChoiceAnswer, await ask(ask.to.rerouting.ChoosePickup, request))


@router.get("/v1/orders/{order_id}/pickup-choice", operation_id="get_pickup_choice", response_model=PickupLinkAnswer)
async def get_pickup_choice(order_id: OrderPath, ask: Asking) -> Response:
    """The same from one's own order, with the token by which it is answered."""
    request = pb.GetPickupChoiceRequest(order_id=order_id)
    return asking.answer(PickupLinkAnswer, await ask(ask.to.rerouting.GetPickupChoice, request))
