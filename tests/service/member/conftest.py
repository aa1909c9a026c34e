"""The member service on a real database, behind a real port, with clocks that tests move."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import grpc
import pytest_asyncio

from kit.access import Principal
from kit.errors import Fault
from kit.postgres import Database
from kit.rpc import faults
from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from omo.member.v1 import access_pb2
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from services.member import main
from services.member.identity.senders import Letter
from services.member.permissions import PERMISSIONS
from services.member.settings import Settings
from tests.depth import PATIENCE
from tests.harness.databases import Databases
from tests.harness.patience import patient

SECRETS = {name: f"{name} secret" for name in ("order", "inventory", "attribution", "gateway", "operator", "storelink")}
PIN = "2580"
LINKS = "https://hikari.example/v1/t"


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
    parts: main.Member
    channel: grpc.aio.Channel
    access: access_rpc.AccessServiceStub
    identity: identity_rpc.IdentityServiceStub
    contacts: identity_rpc.ContactServiceStub
    people: identity_rpc.PeopleFactServiceStub
    sent: list[Letter]
    owner_dsn: str
    address: str = ""

    async def call(self, method: Any, request: Any, token: str = "") -> Any:
        """One call, with a token if one is given."""
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        return await method(request, metadata=metadata, timeout=PATIENCE)

    async def principal(self, token: str) -> Principal:
        """What a verifier elsewhere takes from a token."""
        verifier = TokenVerifier(self.parts.ground.keys.jwks, "omo", now=lambda: self.wall().timestamp())
        return await verifier.verify(token)

    @staticmethod
    def fault(error: grpc.aio.AioRpcError) -> Fault:
        return faults.from_rpc(error, "")

    @staticmethod
    def sha256(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

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

    async def request_otp(self, phone: str, device_id: str = "phone 1", address: str = "203.0.113.7") -> Any:
        """As the front door asks, for somebody at an address."""
        request = identity_pb.RequestOtpRequest(phone=phone, device_id=device_id, client_address=address)
        return await self.call(self.identity.RequestOtp, request, await self.service("gateway"))

    async def verify_otp(self, challenge_id: str, code: str, device_id: str = "phone 1", name: str = "") -> Any:
        request = identity_pb.VerifyOtpRequest(
            challenge_id=challenge_id, code=code, device_id=device_id, display_name=name, source="app"
        )
        return await self.call(self.identity.VerifyOtp, request)

    async def login(self, phone: str, device_id: str = "phone 1", name: str = "") -> Any:
        """A whole login; the code is read from the sender."""
        asked = await self.request_otp(phone, device_id)
        return await self.verify_otp(asked.challenge_id, self.sent[-1].code, device_id, name)

    async def adviser(self, location_id: str = "TPE01") -> str:
        """The access token of a staff member signed in on a terminal."""
        _, _, device = await self.terminal(location_id)
        await self.put_staff("A102", home_location_id=location_id)
        return (await self.sign_in(device)).access_token

    async def enrol(self, token: str, **fields: Any) -> Any:
        told = {"request_id": str(uuid.uuid4()), "location_id": "TPE01", "display_name": "陳小明", **fields}
        return (await self.call(self.identity.EnrolMember, identity_pb.EnrolMemberRequest(**told), token)).member


class Postbox:
    """A sender that keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)


async def _nothing_pending() -> int:
    return 0


def refusal(error: grpc.aio.AioRpcError) -> str:
    """The reason of a refused call."""
    return faults.from_rpc(error, "").reason


@dataclass(frozen=True, slots=True)
class Place:
    """A database that the tests of a module share, one after the other."""

    db: Database
    owner: asyncpg.Connection
    owner_dsn: str
    emptying: str

    async def empty(self) -> None:
        """Leaves it as the migrations did: a copy for each test would take most of the tests' time."""
        await self.owner.execute(self.emptying)


@pytest_asyncio.fixture(scope="module")
async def place(module_databases: Databases) -> AsyncIterator[Place]:
    """The module's database, freshly migrated."""
    where = await module_databases.address("member")
    async with patient(where.dsn, 6) as db:
        owner = await asyncpg.connect(where.owner_dsn)
        yield Place(db, owner, where.owner_dsn, await _emptying(owner))
        await owner.close()


async def _emptying(owner: asyncpg.Connection) -> str:
    tables = await owner.fetch(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
           AND NOT relispartition AND relname <> 'schema_migrations'
        """
    )
    emptying = []
    for name in [row["relname"] for row in tables]:
        emptying.append(f'DELETE FROM "{name}";')
        if await owner.fetchval(f'SELECT EXISTS (SELECT FROM "{name}")'):  # the migrations put something there
            await owner.execute(f'CREATE TABLE "began_{name}" AS SELECT * FROM "{name}"')
            emptying.append(f'INSERT INTO "{name}" SELECT * FROM "began_{name}";')
    return "".join(emptying)


@pytest_asyncio.fixture
async def member(place: Place) -> AsyncIterator[Member]:
    """The service, listening, on an empty database."""
    async with serving(place) as one:
        yield one


@asynccontextmanager
async def serving(place: Place, **told: str) -> AsyncIterator[Member]:
    """The service with settings of its own."""
    db = place.db
    await place.empty()
    given = {"OMO_ENV": "test", "OMO_SERVICE_SECRETS": json.dumps(SECRETS), "OMO_MESSAGE_LINK_URL": LINKS, **told}
    settings = read(Settings, given)
    clock, wall = Moving(), Moving()
    postbox = Postbox()
    parts = main.Member(settings, db, clock, postbox, wall)
    verifier = TokenVerifier(parts.ground.keys.jwks, settings.issuer, now=lambda: wall().timestamp())
    server = Server("member", settings, verifier, PERMISSIONS)
    parts.serve_on(server, _nothing_pending)
    address = await server.start()
    channel = grpc.aio.insecure_channel(address)
    stubs = (
        access_rpc.AccessServiceStub(channel),
        identity_rpc.IdentityServiceStub(channel),
        identity_rpc.ContactServiceStub(channel),
        identity_rpc.PeopleFactServiceStub(channel),
    )
    yield Member(db, clock, wall, parts, channel, *stubs, postbox.letters, place.owner_dsn, address)
    await channel.close()
    await server.stop(grace=1)
