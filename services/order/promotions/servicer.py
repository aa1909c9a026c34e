"""The promotion rules as gRPC."""

from typing import Any

from kit import requests
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import promotion_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2_grpc as rpc
from services.order.promotions import domain, wire
from services.order.promotions.usecases import Promotions
from services.order.promotions.usecases_rehearsal import Rehearsals


class PromotionServicer(rpc.PromotionServiceServicer):
    """PromotionService: unwrap, call one use case, wrap."""

    def __init__(self, db: Database, promotions: Promotions, rehearsals: Rehearsals) -> None:
        self._db = db
        self._promotions = promotions
        self._rehearsals = rehearsals

    async def PutRules(self, request: pb.PutRulesRequest, context: Any) -> pb.PutRulesResponse:
        async def work(tx: Tx) -> pb.PutRulesResponse:
            version = await self._promotions.put(tx, wire.rules_json(request), request.reason)
            return pb.PutRulesResponse(version=version)

        asked = Request.of("PromotionService/PutRules", request)
        return await requests.once(self._db, asked, work, pb.PutRulesResponse)

    async def GetRules(self, request: pb.GetRulesRequest, context: Any) -> pb.GetRulesResponse:
        found = await self._promotions.get(request.version)
        return pb.GetRulesResponse(
            version=str(found.number),
            rules_json=found.rules_json,
            business_time=wire.timestamp(found.business_time) if found.business_time else None,
            rules=wire.typed(found.rules_json) if request.typed else None,
        )

    async def CheckRules(self, request: pb.CheckRulesRequest, context: Any) -> pb.CheckRulesResponse:
        errors, doubts = domain.checked(wire.rules_json(request))
        return pb.CheckRulesResponse(faults=map(wire.fault, errors), warnings=map(wire.fault, doubts))

    async def RetireRules(self, request: pb.RetireRulesRequest, context: Any) -> pb.RetireRulesResponse:
        async def work(tx: Tx) -> pb.RetireRulesResponse:
            version = await self._promotions.retire(tx, list(request.rule_ids), request.reason)
            return pb.RetireRulesResponse(version=version)

        asked = Request.of("PromotionService/RetireRules", request)
        return await requests.once(self._db, asked, work, pb.RetireRulesResponse)

    async def ListRuleVersions(self, request: pb.ListRuleVersionsRequest, context: Any) -> pb.ListRuleVersionsResponse:
        found, more = await self._promotions.versions(request.page_size, request.page_token)
        return pb.ListRuleVersionsResponse(versions=map(wire.published, found), next_page_token=more)

    async def RehearseRules(self, request: pb.RehearseRulesRequest, context: Any) -> pb.RehearseRulesResponse:
        start, end = wire.period(request)
        told = await self._rehearsals.rehearse(wire.rules_json(request), start, end, request.channel_id, request.orders)
        return wire.rehearsed(told)
