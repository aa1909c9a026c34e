"""What tests of signing in need beside the service: its other stubs, and a provider that a browser can visit."""

import sys
from asyncio import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

from omo.member.v1 import codes_service_pb2_grpc as codes_rpc
from omo.member.v1 import identifiers_service_pb2_grpc as identifiers_rpc
from omo.member.v1 import signin_service_pb2 as pb
from omo.member.v1 import signin_service_pb2_grpc as signin_rpc
from omo.member.v1 import visits_service_pb2_grpc as visits_rpc
from services.member.signin.passkeys import Site
from services.member.signin.provider import Client, Provider
from tests.service.member import authenticator, login_provider
from tests.service.member.conftest import Member


@dataclass(slots=True)
class Rig:
    """The running service, and every way in."""

    member: Member
    signin: signin_rpc.SignInServiceStub
    identifiers: identifiers_rpc.IdentifierServiceStub
    codes: codes_rpc.MemberCodeServiceStub
    visits: visits_rpc.VisitServiceStub

    async def call(self, method: Any, request: Any, token: str = "") -> Any:
        return await self.member.call(method, request, token)

    async def visit(self, login: str, way: str = "", device: str = "phone 1", token: str = "", **more: Any) -> Any:
        """A whole trip of the browser to LINE and back."""
        begin = pb.BeginLineLoginRequest(device_id=device, redirect_uri=login_provider.REDIRECT)
        begun = await self.call(self.signin.BeginLineLogin, begin)
        state, code = await browse(begun.authorize_url, login, way)
        assert state == begun.state
        finish = pb.FinishLineLoginRequest(state=state, code=code, device_id=device, **more)
        return await self.call(self.signin.FinishLineLogin, finish, token)


async def browse(authorize_url: str, login: str, way: str = "") -> tuple[str, str]:
    """State and code with which the provider sends the browser back."""
    url = f"{authorize_url}&{urlencode({'login': login, 'as': way})}"
    async with aiohttp.ClientSession() as browser, browser.get(url, allow_redirects=False) as reply:
        assert reply.status == 302, await reply.text()
        came = parse_qs(urlsplit(reply.headers["location"]).query)
    return came["state"][0], came["code"][0]


@asynccontextmanager
async def provider_running() -> AsyncIterator[str]:
    """The provider's process; its issuer."""
    command = (sys.executable, "-m", "tests.service.member.login_provider")
    process = await subprocess.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    issuer = (await process.stdout.readline()).decode().strip()
    yield issuer
    process.stdin.close()
    await process.wait()


def rig(member: Member, issuer: str = "") -> Rig:
    """Offers what the brand of these tests has set up."""
    room = next(one for one in member.parts.rooms if type(one).__name__ == "SignInRoom")
    if issuer:
        client = Client(issuer, login_provider.CLIENT, login_provider.SECRET)
        room.line._line, room.line._redirects = Provider(client), frozenset({login_provider.REDIRECT})  # type: ignore[attr-defined]
    room.passkeys._site = Site(authenticator.DOMAIN, [authenticator.ORIGIN], "和光")  # type: ignore[attr-defined]
    channel = member.channel
    return Rig(
        member,
        signin_rpc.SignInServiceStub(channel),
        identifiers_rpc.IdentifierServiceStub(channel),
        codes_rpc.MemberCodeServiceStub(channel),
        visits_rpc.VisitServiceStub(channel),
    )
