"""The promotion rules as gRPC."""

from typing import Any

from kit import requests
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import promotion_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2_grpc as rpc
from services.order.promotions import wire
from services.order.promotions.usecases import Promotions


class PromotionServicer(rpc.PromotionServiceServicer):
    """PromotionService: unwrap, call one use case, wrap."""

    def __init__(self, db: Database, promotions: Promotions) -> None:
        self._db = db
        self._promotions = promotions

    async def PutRules(self, request: pb.PutRulesRequest, context: Any) -> pb.PutRulesResponse:
        async def work(tx: Tx) -> pb.PutRulesResponse:
            return pb.PutRulesResponse(version=await self._promotions.put(tx, request.rules_json, request.reason))

        asked = Request.of("PromotionService/PutRules", request)
        return await requests.once(self._db, asked, work, pb.PutRulesResponse)

    async def GetRules(self, request: pb.GetRulesRequest, context: Any) -> pb.GetRulesResponse:
        found = await self._promotions.get(request.version)
        return pb.GetRulesResponse(
            version=str(found.number),
            rules_json=found.rules_json,
            business_time=wire.timestamp(found.business_time) if found.business_time else None,
        )
