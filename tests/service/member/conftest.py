"""The member service on a real database, behind a real port, with clocks that tests move."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest_asyncio

from kit.postgres import Database
from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from omo.member.v1 import access_pb2
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from services.member import main
from services.member.permissions import PERMISSIONS
from services.member.settings import Settings
from tests.harness.databases import Databases

SECRETS = {name: f"{name} secret" for name in ("order", "inventory", "attribution", "gateway", "operator", "storelink")}
PIN = "2580"


@dataclass(slots=True)
class Moving:
    """A clock that stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class Member:
    """The running service and everybody who may call it."""

    db: Database
    clock: Moving
    wall: Moving
    ground: main.Ground
    channel: grpc.aio.Channel
    access: access_rpc.AccessServiceStub

    async def call(self, method: Any, request: Any, token: str = "") -> Any:
        """One call, with a token if one is given."""
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        return await method(request, metadata=metadata, timeout=5)

    async def service(self, name: str) -> str:
        request = access_pb.IssueServiceTokenRequest(service=name, secret=SECRETS[name])
        return str((await self.call(self.access.IssueServiceToken, request)).access_token)

    async def hq(self, *roles: str, device_id: str = "browser") -> access_pb2.Session:
        request = access_pb.InviteHqUserRequest(
            request_id=str(uuid.uuid4()), display_name="總部", roles=roles or ("admin",)
        )
        invited = await self.call(self.access.InviteHqUser, request, await self.service("operator"))
        redeem = access_pb.RedeemHqInviteRequest(invite_token=invited.invite_token, device_id=device_id)
        return (await self.call(self.access.RedeemHqInvite, redeem)).session  # type: ignore[no-any-return]

    async def terminal(self, location_id: str = "TPE01") -> tuple[str, str, str]:
        """A terminal's id, credential and token."""
        create = access_pb.CreateTerminalCodeRequest(
            request_id=str(uuid.uuid4()), location_id=location_id, name="till 1"
        )
        code = (await self.call(self.access.CreateTerminalCode, create, await self.service("operator"))).code
        enrolled = await self.call(self.access.EnrolTerminal, access_pb.EnrolTerminalRequest(code=code))
        terminal_id = enrolled.terminal.terminal_id
        ask = access_pb.IssueDeviceTokenRequest(terminal_id=terminal_id, device_secret=enrolled.device_secret)
        token = (await self.call(self.access.IssueDeviceToken, ask)).access_token
        return terminal_id, enrolled.device_secret, token

    async def put_staff(self, staff_code: str = "A102", *, pin: str = PIN, **changed: Any) -> access_pb2.Staff:
        staff = access_pb2.Staff(
            staff_code=staff_code,
            **{"display_name": "林佳怡", "home_location_id": "TPE01", "roles": ["adviser"], "active": True, **changed},
        )
        request = access_pb.PutStaffRequest(request_id=str(uuid.uuid4()), staff=staff, pin=pin)
        return (await self.call(self.access.PutStaff, request, await self.service("operator"))).staff  # type: ignore[no-any-return]

    async def sign_in(self, device_token: str, staff_code: str = "A102", pin: str = PIN) -> access_pb2.Session:
        request = access_pb.SignInStaffRequest(staff_code=staff_code, pin=pin)
        return (await self.call(self.access.SignInStaff, request, device_token)).session  # type: ignore[no-any-return]


@pytest_asyncio.fixture
async def member(databases: Databases) -> AsyncIterator[Member]:
    """The service, freshly migrated and listening."""
    db = await databases.open("member", size=8)
    settings = read(Settings, {"OMO_ENV": "test", "OMO_SERVICE_SECRETS": json.dumps(SECRETS)})
    clock, wall = Moving(), Moving()
    ground = main.ground(settings, db, clock, wall)
    verifier = TokenVerifier(ground.keys.jwks, settings.issuer, now=lambda: wall().timestamp())
    server = Server("member", settings, verifier, PERMISSIONS)
    main.open_access(ground, server)
    address = await server.start()
    channel = grpc.aio.insecure_channel(address)
    yield Member(db, clock, wall, ground, channel, access_rpc.AccessServiceStub(channel))
    await channel.close()
    await server.stop(grace=1)
