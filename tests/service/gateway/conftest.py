"""The HTTP gateway behind a real port, with real Valkey and NATS, before services that answer what a test says."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from redis.asyncio import Redis

from gateway.http import app as application
from gateway.http import services
from gateway.http.door.admission import Admission
from gateway.http.door.edge import Edge
from gateway.http.door.feed import Feed
from gateway.http.door.limits import Limits
from gateway.http.front import HttpFront
from gateway.http.settings import Settings
from kit.rpc import client
from kit.tokens import ServiceTokens, TokenVerifier
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.gateway.peers import Peers
from tests.unit.kit_rpc.issuer import Issuer
from tools import openapi

MEMBER = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"
GUEST = "0199a5c0-9d11-7a01-8b22-3c4d5e6f7a81"
HQ_ROLES = ("admin", "merchandiser", "service", "analyst")


@cache
def described() -> FastAPI:
    """The application, put together once, with its description as it is committed (a contract test proves it fresh)."""
    found = application.build(None, Settings(env="test"))
    found.openapi_schema = json.loads(openapi.PATH.read_text())
    return found


@dataclass(slots=True)
class Door:
    """The running gateway, and everybody who may call it."""

    http: httpx.AsyncClient
    peers: Peers
    issuer: Issuer
    feed: Feed
    limits: Limits
    edge: Edge
    address: str
    front: HttpFront
    admission: Admission

    def token(self, audience: str, **claims: Any) -> str:
        """A token of that audience with all its roles."""
        roles: dict[str, Any] = {
            "shop": {"sub": MEMBER},
            "staff": {
                "sub": "staff-1",
                "staff_code": "A102",
                "roles": ["cashier", "adviser", "manager"],
                "locations": ["TPE01"],
                "terminal": "t1",
            },
            "hq": {"sub": "hq-1", "roles": list(HQ_ROLES)},
            "device": {"sub": "t1", "locations": ["TPE01"], "terminal": "t1"},
            "service": {"sub": "order"},
            "guest": {"sub": GUEST},
        }
        return self.issuer.token(audience, **(roles[audience] | claims))

    async def call(self, method: str, path: str, who: str = "", key: str | None = "", **named: Any) -> httpx.Response:
        """One call; unsafe ones get a fresh key unless the test gives one, or None."""
        headers = dict(named.pop("headers", {}))
        if who:
            headers["Authorization"] = f"Bearer {who if '.' in who else self.token(who)}"
        if method != "GET" and key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return await self.http.request(method, path, headers=headers, **named)


StartDoor = Callable[..., Any]


@dataclass(slots=True)
class Opened:
    """A door with what must be closed behind it."""

    door: Door
    listening: asyncio.Task[None]
    channels: list[client.Channel]
    redis: Redis | None

    async def close(self) -> None:
        await self.door.http.aclose()
        await self.door.front.stop()
        await self.listening
        for channel in self.channels:
            await channel.close()
        if self.redis is not None:
            await self.redis.aclose()
        await self.door.peers.stop()


async def opened(redis: Redis | None, feed: Feed, **wishes: Any) -> Opened:
    """A gateway before services of its own."""
    issuer, peers = Issuer(), Peers()
    verifier = TokenVerifier(issuer.jwks, "omo")
    await peers.start(verifier)
    targets = ("member_target", "order_target", "inventory_target", "attribution_target")
    settings = Settings(env="test", **(dict.fromkeys(targets, peers.address) | wishes))
    channels: list[client.Channel] = []

    async def own(name: str, secret: str) -> tuple[str, float]:
        return issuer.token("service", name), 3600.0

    tokens = ServiceTokens(own, "gateway", "")

    def connect(target: str) -> client.Channel:
        channels.append(client.connect(target, tokens))
        return channels[-1]

    limits = Limits(redis, settings)
    built = described()
    admission = Admission(services.connect(connect, settings), verifier, limits, feed)
    built.state.admission = admission
    edge = Edge(built, production=False, trusted_hops=settings.trusted_hops)
    front = HttpFront(edge, feed, "127.0.0.1:0")
    address = await front.start()
    http = httpx.AsyncClient(base_url=f"http://{address}", timeout=10)
    door = Door(http, peers, issuer, feed, limits, edge, address, front, admission)
    return Opened(door, asyncio.create_task(feed.run()), channels, redis)


@pytest_asyncio.fixture
async def open_door(valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[StartDoor]:
    """`door = await open_door(rate_member=20)`: a gateway with these settings, on real Valkey and NATS."""
    all_opened: list[Opened] = []

    async def start(*, valkey_url: str = "", nats_url: str = "", **wishes: Any) -> Door:
        url = valkey_url or valkey.url("gateway")
        redis = Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
        feed = Feed(nats_url or nats.url, "gateway", nats.seed("gateway"), streams=3, each=2)
        all_opened.append(await opened(redis, feed, **wishes))
        return all_opened[-1].door

    yield start
    for one in all_opened:
        await one.close()


@pytest_asyncio.fixture
async def door(open_door: StartDoor) -> Door:
    """A gateway as it comes."""
    found: Door = await open_door()
    return found


@pytest_asyncio.fixture(scope="module")
async def _steady() -> AsyncIterator[Door]:
    free = dict.fromkeys(("rate_anonymous", "rate_member", "rate_staff", "rate_hq"), 10**9)
    one = await opened(None, Feed("", "gateway"), **free)
    yield one.door
    await one.close()


@pytest.fixture
def steady(_steady: Door) -> Door:
    """One gateway for a whole module, without limits: for tests that try hundreds of calls."""
    described().state.admission = _steady.admission
    _steady.peers.calls.clear()
    _steady.peers.answers.clear()
    _steady.peers.replayed.clear()
    return _steady
