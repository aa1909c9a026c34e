"""The HTTP gateway behind a real port, with real Valkey and NATS, before services that answer what a test says."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import pytest_asyncio
from fastapi import FastAPI
from redis.asyncio import Redis

from gateway.http import app as application
from gateway.http import services
from gateway.http.admission import Admission
from gateway.http.edge import Edge
from gateway.http.feed import Feed
from gateway.http.front import HttpFront
from gateway.http.limits import Limits
from gateway.http.settings import Settings
from kit.rpc import client
from kit.tokens import TokenVerifier
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.gateway.peers import Peers
from tests.unit.kit_rpc.issuer import Issuer

MEMBER = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"
HQ_ROLES = ("admin", "merchandiser", "service", "analyst")


@cache
def described() -> FastAPI:
    """The application, put together once: its description takes most of that time."""
    return application.build(None, Settings(env="test"))


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
    tokens: dict[str, str] = field(default_factory=dict)

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


@pytest_asyncio.fixture
async def open_door(valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[StartDoor]:
    """`door = await open_door(rate_member=20)`: a gateway with these settings."""
    opened: list[tuple[Door, Any]] = []

    async def start(*, valkey_url: str | None = None, nats_url: str | None = None, **wishes: Any) -> Door:
        issuer, peers = Issuer(), Peers()
        verifier = TokenVerifier(issuer.jwks, "omo")
        await peers.start(verifier)
        targets = dict.fromkeys(("member_target", "order_target", "inventory_target", "attribution_target"))
        settings = Settings(env="test", **(dict.fromkeys(targets, peers.address) | wishes))
        channels: list[Any] = []

        def connect(target: str) -> client.Channel:
            channels.append(client.connect(target))
            return channels[-1]  # type: ignore[no-any-return]

        redis = Redis.from_url(
            valkey.url("gateway") if valkey_url is None else valkey_url, socket_timeout=1.0, socket_connect_timeout=1.0
        )
        feed = Feed(nats.url if nats_url is None else nats_url, "gateway", nats.seed("gateway"), streams=3, each=2)
        limits = Limits(redis, settings)
        built = described()
        built.state.admission = Admission(services.connect(connect, settings), verifier, limits, feed)
        edge = Edge(built, production=False, trusted_hops=settings.trusted_hops)
        front = HttpFront(edge, feed, "127.0.0.1:0")
        address = await front.start()
        listening = asyncio.create_task(feed.run())
        http = httpx.AsyncClient(base_url=f"http://{address}", timeout=10)
        door = Door(http, peers, issuer, feed, limits, edge, address, front)
        opened.append((door, (listening, channels, redis)))
        return door

    yield start
    for door, (listening, channels, redis) in opened:
        await door.http.aclose()
        await door.front.stop()
        await listening
        for channel in channels:
            await channel.close()
        await redis.aclose()
        await door.peers.stop()


@pytest_asyncio.fixture
async def door(open_door: StartDoor) -> Door:
    """A gateway as it comes."""
    found: Door = await open_door()
    return found
