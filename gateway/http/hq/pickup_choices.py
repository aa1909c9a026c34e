"""Rejected pickups: what their shoppers are asked, and the brand's terms."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import OrderPath
from gateway.http.shapes.rerouted import PickupLinkAnswer, RejectedPickupPolicyAnswer, RejectedPickupTerms
from omo.order.v1 import rerouting_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: pickups"])


@router.get(
    "/v1/hq/orders/{order_id}/pickup-choice", operation_id="get_pickup_choice_of", response_model=PickupLinkAnswer
)
async def get_pickup_choice_of(order_id: OrderPath, ask: Asking) -> Response:
    """What an order's shopper is asked, with the token of his link, to be handed on to him."""
    request = pb.GetPickupChoiceRequest(order_id=order_id)
    return asking.answer(PickupLinkAnswer, await ask(ask.to.rerouting.GetPickupChoice, request))


@router.get(
    "/v1/hq/rejected-pickup-policy",
    operation_id="get_rejected_pickup_policy",
    response_model=RejectedPickupPolicyAnswer,
)
async def get_rejected_pickup_policy(ask: Asking) -> Response:
    """What happens when a store cannot have ready what was to be collected there."""
    return asking.answer(
        RejectedPickupPolicyAnswer, await ask(ask.to.rerouting.GetPickupPolicy, pb.GetPickupPolicyRequest())
    )


@router.put(
    "/v1/hq/rejected-pickup-policy",
    operation_id="put_rejected_pickup_policy",
    response_model=RejectedPickupPolicyAnswer,
)
async def put_rejected_pickup_policy(body: RejectedPickupTerms, ask: Asking) -> Response:
    """New terms, from now on; questions that were asked keep theirs."""
    request = pb.PutPickupPolicyRequest(request_id=ask.key)
    translation.fill(request.policy, body)
    return asking.answer(RejectedPickupPolicyAnswer, await ask(ask.to.rerouting.PutPickupPolicy, request))
