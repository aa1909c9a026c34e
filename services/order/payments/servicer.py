"""Payments as gRPC."""

from typing import Any

from omo.order.v1 import payment_service_pb2 as pb
from omo.order.v1 import payment_service_pb2_grpc as rpc
from services.order.checkout import wire
from services.order.payments.hearing import Hearing
from services.order.payments.usecases import Payments


class PaymentServicer(rpc.PaymentServiceServicer):
    """PaymentService: unwrap, call one use case, wrap."""

    def __init__(self, payments: Payments, hearing: Hearing) -> None:
        self._payments = payments
        self._hearing = hearing

    async def RecordNotification(
        self, request: pb.RecordNotificationRequest, context: Any
    ) -> pb.RecordNotificationResponse:
        await self._hearing.record_notification(request.provider, request.body, request.headers)
        return pb.RecordNotificationResponse()

    async def ListPayments(self, request: pb.ListPaymentsRequest, context: Any) -> pb.ListPaymentsResponse:
        order_id = wire.identifier("order_id", request.order_id)
        currency, movements = await self._payments.movements(order_id)
        return pb.ListPaymentsResponse(tenders=wire.journal(movements, order_id, currency))
