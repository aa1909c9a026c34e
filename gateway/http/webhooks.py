"""What providers of payments and messages, and carriers, tell us, handed on exactly as it came."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Shown, eg
from omo.member.v1 import conversation_service_pb2 as talk
from omo.order.v1 import payment_service_pb2 as pb
from omo.order.v1 import shipping_service_pb2 as shipping

router = APIRouter(route_class=Door, tags=["Webhooks"])


class Taken(Shown):
    """It was signed, and it is ours now."""

    taken: Annotated[bool, eg(True, "Always: what is not taken is refused.")]


_SIGNED = frozenset({"omo-signature", "content-type"})
# providers' own names of signature and time, such as x-signature or stripe-signature
_MARKS = ("signature", "timestamp", "webhook")


@router.post(
    "/v1/webhooks/payments/{provider}",
    operation_id="record_payment_notification",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The provider's own document; its signature is over these bytes.",
            "content": {"application/json": {"schema": {}, "example": {"id": "evt_1", "type": "payment.authorised"}}},
        }
    },
)
async def record_payment_notification(
    provider: Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,64}$", examples=["simulator"])],
    request: Request,
    ask: Asking,
) -> Response:
    """Takes a payment provider's signed notification; the same notification again changes nothing."""
    headers = _signed(request)
    told = pb.RecordNotificationRequest(provider=provider, body=await request.body(), headers=headers)
    await ask(ask.to.payments.RecordNotification, told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post(
    "/v1/webhooks/carriers/{carrier}",
    operation_id="record_tracking",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The carrier's own document; its signature is over these bytes.",
            "content": {"application/json": {"schema": {}, "example": {"notification_id": "n1", "kind": "DELIVERED"}}},
        }
    },
)
async def record_tracking(
    carrier: Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,64}$", examples=["simulator"])],
    request: Request,
    ask: Asking,
) -> Response:
    """Takes a carrier's signed word of a parcel; the same word again changes nothing."""
    told = shipping.RecordTrackingRequest(carrier=carrier, body=await request.body(), headers=_signed(request))
    await ask(ask.to.shipping.RecordTracking, told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post(
    "/v1/webhooks/messages/{provider}",
    operation_id="record_message_notification",
    # LINE asks for 200 and nothing else
    status_code=status.HTTP_200_OK,
    response_model=Taken,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "LINE's webhook, or an adapter's report; the signature is over these bytes.",
            "content": {"application/json": {"schema": {}, "example": {"destination": "U1", "events": []}}},
        }
    },
)
async def record_message_notification(
    provider: Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,64}$", examples=["line"])],
    request: Request,
    ask: Asking,
) -> Response:
    """Takes what LINE, or the adapter of text messages or e-mail, signed; the same again changes nothing."""
    body = await request.body()
    told = talk.RecordChannelNotificationRequest(provider=provider, body=body, headers=_signed(request))
    await ask(ask.to.channels.RecordChannelNotification, told)
    return asking.encoded({"taken": True})


def _signed(request: Request) -> dict[str, str]:
    """The headers that prove something; whatever else came along is nobody's business."""
    return {
        name: value
        for name, value in request.headers.items()
        if name in _SIGNED or any(mark in name for mark in _MARKS)
    }
