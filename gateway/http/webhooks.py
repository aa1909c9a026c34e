"""What payment providers tell us, handed on exactly as it came."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from omo.order.v1 import payment_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Webhooks"])

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
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in _SIGNED or any(mark in name for mark in _MARKS)
    }
    told = pb.RecordNotificationRequest(provider=provider, body=await request.body(), headers=headers)
    await ask(ask.to.payments.RecordNotification, told)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
