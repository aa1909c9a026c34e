"""Referrals as gRPC: unwrap, call one use case, wrap."""

from typing import Any

from kit import access, fields
from kit.postgres import Database
from kit.requests import Request, once
from omo.member.v1 import referrals_service_pb2 as pb
from omo.member.v1 import referrals_service_pb2_grpc
from services.member.referrals import store, wire
from services.member.referrals.usecases import Referrals


class ReferralServicer(referrals_service_pb2_grpc.ReferralServiceServicer):
    """Members who bring members."""

    def __init__(self, db: Database, referrals: Referrals) -> None:
        self._db = db
        self._referrals = referrals

    async def GetReferralCode(self, request: pb.GetReferralCodeRequest, context: Any) -> pb.GetReferralCodeResponse:
        member_id = _own(request.member_id)
        async with self._db.transaction() as tx:
            return pb.GetReferralCodeResponse(code=await self._referrals.code(tx, member_id))

    async def BindReferral(self, request: pb.BindReferralRequest, context: Any) -> pb.BindReferralResponse:
        member_id, code = _own(request.member_id), fields.code("code", request.code)

        async def work(tx: Any) -> pb.BindReferralResponse:
            return pb.BindReferralResponse(referral=wire.referral(await self._referrals.bind(tx, member_id, code)))

        return await once(self._db, Request.of("BindReferral", request), work, pb.BindReferralResponse)

    async def ListReferrals(self, request: pb.ListReferralsRequest, context: Any) -> pb.ListReferralsResponse:
        member_id = _own(request.member_id)
        async with self._db.read() as tx:
            rows = await store.of_advocate(tx, member_id)
        return pb.ListReferralsResponse(referrals=map(wire.referral, rows))

    async def PutReferralRules(self, request: pb.PutReferralRulesRequest, context: Any) -> pb.PutReferralRulesResponse:
        async def work(tx: Any) -> pb.PutReferralRulesResponse:
            rules = await self._referrals.put_rules(tx, wire.rules(request.rules))
            return pb.PutReferralRulesResponse(rules=wire.rules_message(rules))

        return await once(self._db, Request.of("PutReferralRules", request), work, pb.PutReferralRulesResponse)

    async def GetReferralRules(self, request: pb.GetReferralRulesRequest, context: Any) -> pb.GetReferralRulesResponse:
        async with self._db.read() as tx:
            return pb.GetReferralRulesResponse(rules=wire.rules_message(await store.rules(tx)))


def _own(member_id: str) -> str:
    found = fields.identifier("member_id", member_id)
    access.require_member(found)
    return found
