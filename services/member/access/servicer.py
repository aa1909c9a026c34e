"""The access service as gRPC."""

from typing import Any

import grpc

from kit import fields
from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import access_service_pb2_grpc as rpc
from services.member.access import wire
from services.member.access.hq import Headquarters
from services.member.access.services import ServiceAccounts
from services.member.access.sessions import Sessions
from services.member.access.signing import Keyring
from services.member.access.staff import StaffRoom
from services.member.access.terminals import Terminals
from services.member.asking import asked
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]


class AccessServicer(rpc.AccessServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(
        self,
        vault: Vault,
        keys: Keyring,
        services: ServiceAccounts,
        hq: Headquarters,
        staff: StaffRoom,
        terminals: Terminals,
        sessions: Sessions,
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._services = services
        self._hq = hq
        self._staff = staff
        self._terminals = terminals
        self._sessions = sessions

    async def GetJwks(self, request: pb.GetJwksRequest, context: Context) -> pb.GetJwksResponse:
        return wire.jwks(await self._keys.jwks())

    async def IssueServiceToken(
        self, request: pb.IssueServiceTokenRequest, context: Context
    ) -> pb.IssueServiceTokenResponse:
        token = await self._services.issue(request.service, request.secret)
        return pb.IssueServiceTokenResponse(access_token=token.text, expire_time=fields.timestamp(token.expire_time))

    async def InviteHqUser(self, request: pb.InviteHqUserRequest, context: Context) -> pb.InviteHqUserResponse:
        name = fields.text("display_name", request.display_name, 100)
        user_id = fields.identifier("user_id", request.user_id) if request.user_id else ""
        return await self._hq.invite(asked(self._vault, "InviteHqUser", request), user_id, name, request.roles)

    async def RedeemHqInvite(self, request: pb.RedeemHqInviteRequest, context: Context) -> pb.RedeemHqInviteResponse:
        device_id = fields.text("device_id", request.device_id, 128, empty=True)
        session, user = await self._hq.redeem(request.invite_token, device_id)
        return pb.RedeemHqInviteResponse(session=wire.session(session), user=wire.hq_user(user))

    async def PutStaff(self, request: pb.PutStaffRequest, context: Context) -> pb.PutStaffResponse:
        staff = wire.staff_of(request.staff)
        return await self._staff.put(asked(self._vault, "PutStaff", request, "pin"), staff, request.pin)

    async def ListStaff(self, request: pb.ListStaffRequest, context: Context) -> pb.ListStaffResponse:
        found, more = await self._staff.page(request.location_id, request.page_size, request.page_token)
        return pb.ListStaffResponse(staff=map(wire.staff, found), next_page_token=more)

    async def CreateTerminalCode(
        self, request: pb.CreateTerminalCodeRequest, context: Context
    ) -> pb.CreateTerminalCodeResponse:
        location_id = fields.code("location_id", request.location_id)
        name = fields.text("name", request.name, 100)
        return await self._terminals.create_code(asked(self._vault, "CreateTerminalCode", request), location_id, name)

    async def EnrolTerminal(self, request: pb.EnrolTerminalRequest, context: Context) -> pb.EnrolTerminalResponse:
        terminal, secret = await self._terminals.enrol(request.code)
        return pb.EnrolTerminalResponse(terminal=wire.terminal(terminal), device_secret=secret)

    async def IssueDeviceToken(
        self, request: pb.IssueDeviceTokenRequest, context: Context
    ) -> pb.IssueDeviceTokenResponse:
        terminal_id = fields.identifier("terminal_id", request.terminal_id)
        token, terminal = await self._terminals.issue(terminal_id, request.device_secret)
        return pb.IssueDeviceTokenResponse(
            access_token=token.text,
            expire_time=fields.timestamp(token.expire_time),
            terminal=wire.terminal(terminal),
        )

    async def RevokeTerminal(self, request: pb.RevokeTerminalRequest, context: Context) -> pb.RevokeTerminalResponse:
        terminal_id = fields.identifier("terminal_id", request.terminal_id)
        reason = fields.text("reason", request.reason, 200)
        return await self._terminals.revoke(asked(self._vault, "RevokeTerminal", request), terminal_id, reason)

    async def ListTerminals(self, request: pb.ListTerminalsRequest, context: Context) -> pb.ListTerminalsResponse:
        found, more = await self._terminals.page(request.location_id, request.page_size, request.page_token)
        return pb.ListTerminalsResponse(terminals=map(wire.terminal, found), next_page_token=more)

    async def SignInStaff(self, request: pb.SignInStaffRequest, context: Context) -> pb.SignInStaffResponse:
        staff_code = fields.code("staff_code", request.staff_code)
        session, staff = await self._staff.sign_in(staff_code, fields.text("pin", request.pin, 8))
        return pb.SignInStaffResponse(session=wire.session(session), staff=wire.staff(staff))

    async def RefreshSession(self, request: pb.RefreshSessionRequest, context: Context) -> pb.RefreshSessionResponse:
        session = await self._sessions.refresh(request.refresh_token, request.device_id)
        return pb.RefreshSessionResponse(session=wire.session(session))

    async def EndSession(self, request: pb.EndSessionRequest, context: Context) -> pb.EndSessionResponse:
        await self._sessions.end(request.refresh_token)
        return pb.EndSessionResponse()

    async def RotateSigningKey(
        self, request: pb.RotateSigningKeyRequest, context: Context
    ) -> pb.RotateSigningKeyResponse:
        return await self._keys.rotate(asked(self._vault, "RotateSigningKey", request), compromised=request.compromised)
