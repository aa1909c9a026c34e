"""Keys and service tokens, asked for over the wire of whoever issues them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit import access
from kit.access import Kind, allow
from kit.errors import Code, Fault
from kit.process import issuer as issuing
from kit.rpc import deadline
from kit.rpc.client import Channel, connect
from kit.rpc.server import Server
from kit.settings import ProcessSettings
from kit.tokens import ServiceTokens, TokenVerifier
from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import access_service_pb2_grpc as rpc
from tests.service.kit_rpc.echo import Echo, Stub, add_to, path, serving, speaking
from tests.unit.kit_rpc.issuer import ISSUER, Issuer

PERMISSIONS = {
    "/omo.member.v1.AccessService/GetJwks": ("access.jwks", allow(anonymous=True)),
    "/omo.member.v1.AccessService/IssueServiceToken": ("access.service", allow(anonymous=True)),
}


class Access(rpc.AccessServiceServicer):
    """Issues to whoever knows the secret."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.issued = 0
        self.callers: list[Kind] = []

    async def GetJwks(self, request: pb.GetJwksRequest, context: Any) -> pb.GetJwksResponse:
        self.callers.append(access.current().kind)
        return pb.GetJwksResponse(jwks_json=json.dumps(await self._issuer.jwks()))

    async def IssueServiceToken(
        self, request: pb.IssueServiceTokenRequest, context: Any
    ) -> pb.IssueServiceTokenResponse:
        if request.secret != "s3":
            raise Fault("wrong", code=Code.UNAUTHENTICATED, reason="CREDENTIAL_INVALID")
        self.issued += 1
        return pb.IssueServiceTokenResponse(access_token=self._issuer.token("service", request.service))


@pytest.fixture
async def issuing_service() -> AsyncIterator[tuple[Channel, Access, Issuer]]:
    issuer = Issuer()
    servicer = Access(issuer)  # type: ignore[abstract]  # the two methods that are called here
    settings = ProcessSettings(env="test", name="member")
    server = Server("member", settings, TokenVerifier(issuer.jwks, ISSUER), PERMISSIONS)
    server.add(rpc.add_AccessServiceServicer_to_server, servicer)
    await server.start("127.0.0.1:0")
    async with connect(server.address) as channel:
        yield channel, servicer, issuer
    await server.stop(0)


async def same(text: str) -> str:
    return text


async def test_a_service_calls_another_with_a_token_of_its_own(
    issuing_service: tuple[Channel, Access, Issuer],
) -> None:
    channel, servicer, _ = issuing_service
    settings = ProcessSettings(env="test", name="back")
    rules = {path("back", "Say"): ("back.say", allow(service={"front"}))}
    server = Server("back", settings, TokenVerifier(issuing.jwks_by(channel), ISSUER), rules)
    server.add(add_to("back"), Echo(same))
    await server.start("127.0.0.1:0")
    tokens = ServiceTokens(issuing.stub(channel), "front", "s3")
    async with speaking(server, "back", tokens) as stub:
        with access.acting_as(access.service("front")):
            for _ in range(3):
                assert (await stub.Say("x")).value == "x"
    await server.stop(0)
    assert servicer.issued == 1
    assert servicer.callers == [Kind.ANONYMOUS]  # one fetch of keys, with nobody's rights


async def test_a_wrong_secret_is_said_to_be_wrong(issuing_service: tuple[Channel, Access, Issuer]) -> None:
    channel, _, issuer = issuing_service
    async with serving("back", same, issuer=issuer) as (back, _echo):
        tokens = ServiceTokens(issuing.stub(channel), "front", "guess")
        async with connect(back.address, tokens) as spoken:
            with access.acting_as(access.service("front")), pytest.raises(Fault) as caught:
                await Stub(spoken, "back").Say("x")
    assert (caught.value.reason, caught.value.domain) == ("CREDENTIAL_INVALID", "omo.member")


async def test_keys_are_fetched_beside_the_call_that_needs_them(
    issuing_service: tuple[Channel, Access, Issuer],
) -> None:
    """A caller who is almost out of time must not make the fetch fail for everybody after it."""
    channel, servicer, _ = issuing_service
    jwks = issuing.jwks_by(channel)
    with deadline.within(0.001), access.acting_as(access.Principal(Kind.HQ, "h1", token="not.a.token")):
        assert (await jwks())["keys"]
    assert servicer.callers == [Kind.ANONYMOUS]
