"""Tills, and work that waits for a person, as gRPC."""

from typing import Any

from kit import requests
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import attention_service_pb2 as pb
from omo.order.v1 import attention_service_pb2_grpc as rpc
from omo.order.v1 import tender_service_pb2 as till_pb
from omo.order.v1 import tender_service_pb2_grpc as till_rpc
from omo.type.v1 import trade_pb2
from services.order.payments import wire_attention
from services.order.payments.attention import AttentionDesk, checked
from services.order.payments.till import Cash, Till


class AttentionServicer(rpc.AttentionServiceServicer):
    """AttentionService: unwrap, call one use case, wrap."""

    def __init__(self, desk: AttentionDesk) -> None:
        self._desk = desk

    async def ListAttention(self, request: pb.ListAttentionRequest, context: Any) -> pb.ListAttentionResponse:
        return await self._desk.page(request)

    async def RetryAttention(self, request: pb.RetryAttentionRequest, context: Any) -> pb.RetryAttentionResponse:
        asked = Request.of("AttentionService/RetryAttention", request)
        return await self._desk.retry(asked, *checked(request.kind, request.key), request.reason)

    async def SkipAttention(self, request: pb.SkipAttentionRequest, context: Any) -> pb.SkipAttentionResponse:
        asked = Request.of("AttentionService/SkipAttention", request)
        return await self._desk.skip(asked, *checked(request.kind, request.key), request.reason)

    async def CompensateAttention(
        self, request: pb.CompensateAttentionRequest, context: Any
    ) -> pb.CompensateAttentionResponse:
        asked = Request.of("AttentionService/CompensateAttention", request)
        return await self._desk.compensate(asked, *checked(request.kind, request.key), request.reason)

    async def ListInterventions(
        self, request: pb.ListInterventionsRequest, context: Any
    ) -> pb.ListInterventionsResponse:
        return await self._desk.interventions(request)


class TenderServicer(till_rpc.TenderServiceServicer):
    """TenderService: unwrap, call one use case, wrap."""

    def __init__(self, db: Database, till: Till) -> None:
        self._db = db
        self._till = till

    async def GetOutstanding(
        self, request: till_pb.GetOutstandingRequest, context: Any
    ) -> till_pb.GetOutstandingResponse:
        async with self._db.read() as tx:
            found = await self._till.look(tx, request.order_id)
        return till_pb.GetOutstandingResponse(outstanding=wire_attention.outstanding(found))

    async def TakeTender(self, request: till_pb.TakeTenderRequest, context: Any) -> till_pb.TakeTenderResponse:
        asked = Request.of("TenderService/TakeTender", request)
        cash = Cash(request.amount, request.reference, _kind(request.kind))

        async def work(tx: Tx) -> till_pb.TakeTenderResponse:
            seen = await self._till.look(tx, request.order_id)
            after = await self._till.take(tx, seen.order.order_id, _key(asked), cash)
            return till_pb.TakeTenderResponse(outstanding=wire_attention.outstanding(after))

        return await requests.once(self._db, asked, work, till_pb.TakeTenderResponse)

    async def GiveTender(self, request: till_pb.GiveTenderRequest, context: Any) -> till_pb.GiveTenderResponse:
        asked = Request.of("TenderService/GiveTender", request)
        cash = Cash(request.amount, request.reference)

        async def work(tx: Tx) -> till_pb.GiveTenderResponse:
            seen = await self._till.look(tx, request.order_id)
            after = await self._till.give(tx, seen.order.order_id, _key(asked), cash)
            return till_pb.GiveTenderResponse(outstanding=wire_attention.outstanding(after))

        return await requests.once(self._db, asked, work, till_pb.GiveTenderResponse)


def _kind(given: trade_pb2.TenderKind.ValueType) -> str:
    return trade_pb2.TenderKind.Name(given).removeprefix("TENDER_KIND_") if given else "CASH"


def _key(asked: Request) -> str:
    """One taking of money is told from another by who asked, and under which key."""
    return f"{asked.principal}/{asked.request_id}"
