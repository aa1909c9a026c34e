"""Members' codes as gRPC."""

from typing import Any

import grpc

from kit import fields
from omo.member.v1 import codes_service_pb2 as pb
from omo.member.v1 import codes_service_pb2_grpc as rpc
from services.member.codes import domain
from services.member.codes.usecases import MemberCodes

Context = grpc.aio.ServicerContext[Any, Any]


class MemberCodeServicer(rpc.MemberCodeServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, codes: MemberCodes) -> None:
        self._codes = codes

    async def IssueMemberCode(self, request: pb.IssueMemberCodeRequest, context: Context) -> pb.IssueMemberCodeResponse:
        shown = await self._codes.issue(fields.identifier("member_id", request.member_id))
        return pb.IssueMemberCodeResponse(
            code=shown.code,
            expire_time=fields.timestamp(shown.expire_time),
            refresh_after=int(domain.REFRESH.total_seconds()),
        )
