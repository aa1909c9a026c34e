"""Bindings as gRPC: unwrap, one use case, wrap."""

from typing import Any

from kit import access, fields, requests
from kit.errors import invalid
from kit.postgres import Database
from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from services.attribution.binding import wire
from services.attribution.binding.usecases import Bindings


class BindingServicer(rpc.BindingServiceServicer):
    """Members and the staff who serve them."""

    def __init__(self, db: Database, bindings: Bindings) -> None:
        self._db = db
        self._bindings = bindings

    async def CreateStaffToken(self, request: pb.CreateStaffTokenRequest, context: Any) -> pb.CreateStaffTokenResponse:
        """A signed token for a QR code or a link."""
        if request.purpose not in ("qr", "link"):
            raise invalid("purpose", 'must be "qr" or "link"')
        text, token = await self._bindings.create_token(request.staff_code, request.purpose)
        return pb.CreateStaffTokenResponse(token=text, expire_time=fields.timestamp(token.expire_time))

    async def BindMember(self, request: pb.BindMemberRequest, context: Any) -> pb.BindMemberResponse:
        """Binds a member by a scanned token."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)

        async def work(tx: Any) -> pb.BindMemberResponse:
            return pb.BindMemberResponse(binding=wire.binding(await self._bindings.bind(tx, member_id, request.token)))

        asked = requests.Request.of("BindMember", request)
        return await requests.once(self._db, asked, work, pb.BindMemberResponse)

    async def GetBinding(self, request: pb.GetBindingRequest, context: Any) -> pb.GetBindingResponse:
        """The binding that holds now."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        return pb.GetBindingResponse(binding=wire.binding(await self._bindings.get(member_id)))
