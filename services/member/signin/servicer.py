"""LINE Login and passkeys as gRPC."""

from typing import Any

import grpc

from kit import fields
from omo.member.v1 import signin_service_pb2 as pb
from omo.member.v1 import signin_service_pb2_grpc as rpc
from services.member.access import wire as access_wire
from services.member.asking import asked
from services.member.identity import origins
from services.member.identity import wire as identity_wire
from services.member.identity.arrivals import Welcome
from services.member.signin.line import Coming, LineLogin
from services.member.signin.passkeys import Passkey, Passkeys
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]
_CREDENTIAL = 16 * 1024


class SignInServicer(rpc.SignInServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, vault: Vault, line: LineLogin, passkeys: Passkeys) -> None:
        self._vault = vault
        self._line = line
        self._passkeys = passkeys

    async def BeginLineLogin(self, request: pb.BeginLineLoginRequest, context: Context) -> pb.BeginLineLoginResponse:
        begun = await self._line.begin(
            fields.text("device_id", request.device_id, 128), fields.text("redirect_uri", request.redirect_uri, 512)
        )
        return pb.BeginLineLoginResponse(
            authorize_url=begun.authorize_url, state=begun.state, expire_time=fields.timestamp(begun.expire_time)
        )

    async def FinishLineLogin(self, request: pb.FinishLineLoginRequest, context: Context) -> pb.FinishLineLoginResponse:
        source = origins.source(request.source)
        coming = Coming(
            fields.text("device_id", request.device_id, 128),
            source,
            "",
            origins.anonymous(request.anonymous_id, source),
            request.join_history,
        )
        state, code = fields.text("state", request.state, 128), fields.text("code", request.code, 512)
        found = await self._line.finish(state, code, coming)
        if isinstance(found, Welcome):
            return pb.FinishLineLoginResponse(signed_in=_signed_in(found))
        expire_time = fields.timestamp(found.expire_time)
        return pb.FinishLineLoginResponse(join_token=found.join_token, join_expire_time=expire_time)

    async def JoinByLine(self, request: pb.JoinByLineRequest, context: Context) -> pb.JoinByLineResponse:
        source = origins.source(request.source)
        coming = Coming(
            fields.text("device_id", request.device_id, 128),
            source,
            fields.text("display_name", request.display_name, 100, empty=True),
            origins.anonymous(request.anonymous_id, source),
            request.join_history,
        )
        welcome = await self._line.alone(fields.text("join_token", request.join_token, 128), coming)
        return pb.JoinByLineResponse(signed_in=_signed_in(welcome))

    async def BeginPasskey(self, request: pb.BeginPasskeyRequest, context: Context) -> pb.BeginPasskeyResponse:
        begun = await self._passkeys.begin(fields.identifier("member_id", request.member_id))
        return pb.BeginPasskeyResponse(
            challenge_id=begun.challenge_id,
            options_json=begun.options_json,
            expire_time=fields.timestamp(begun.expire_time),
        )

    async def AddPasskey(self, request: pb.AddPasskeyRequest, context: Context) -> pb.AddPasskeyResponse:
        made = await self._passkeys.add(
            fields.identifier("member_id", request.member_id),
            fields.identifier("challenge_id", request.challenge_id),
            fields.text("credential_json", request.credential_json, _CREDENTIAL),
            fields.text("name", request.name, 100, empty=True),
        )
        return pb.AddPasskeyResponse(passkey=_passkey(made))

    async def ListPasskeys(self, request: pb.ListPasskeysRequest, context: Context) -> pb.ListPasskeysResponse:
        found = await self._passkeys.page(fields.identifier("member_id", request.member_id))
        return pb.ListPasskeysResponse(passkeys=map(_passkey, found))

    async def RemovePasskey(self, request: pb.RemovePasskeyRequest, context: Context) -> pb.RemovePasskeyResponse:
        return await self._passkeys.remove(
            asked(self._vault, "RemovePasskey", request),
            fields.identifier("member_id", request.member_id),
            fields.identifier("passkey_id", request.passkey_id),
        )

    async def BeginPasskeyLogin(
        self, request: pb.BeginPasskeyLoginRequest, context: Context
    ) -> pb.BeginPasskeyLoginResponse:
        begun = await self._passkeys.begin_login(fields.text("device_id", request.device_id, 128))
        return pb.BeginPasskeyLoginResponse(
            challenge_id=begun.challenge_id,
            options_json=begun.options_json,
            expire_time=fields.timestamp(begun.expire_time),
        )

    async def FinishPasskeyLogin(
        self, request: pb.FinishPasskeyLoginRequest, context: Context
    ) -> pb.FinishPasskeyLoginResponse:
        coming = Coming(
            fields.text("device_id", request.device_id, 128),
            anonymous=origins.anonymous(request.anonymous_id, "web"),
            join_history=request.join_history,
        )
        welcome = await self._passkeys.finish_login(
            fields.identifier("challenge_id", request.challenge_id),
            fields.text("credential_json", request.credential_json, _CREDENTIAL),
            coming,
        )
        return pb.FinishPasskeyLoginResponse(signed_in=_signed_in(welcome))


def _signed_in(welcome: Welcome) -> pb.SignedIn:
    return pb.SignedIn(
        session=access_wire.session(welcome.session),
        member=identity_wire.own(welcome.member),
        claimed_now=welcome.claimed_now,
        created_now=welcome.created_now,
    )


def _passkey(given: Passkey) -> pb.Passkey:
    row = given.row
    return pb.Passkey(
        passkey_id=row.passkey_id,
        name=given.name,
        synced=row.synced,
        add_time=fields.timestamp(row.add_time),
        last_use_time=fields.timestamp(row.last_use_time) if row.last_use_time else None,
    )
