"""The front door before the real member service: what anybody outside can reach, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI

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
from tests.service.member.conftest import Member

_RATES = ("rate_anonymous", "rate_member", "rate_staff", "rate_hq")
_TARGETS = ("member_target", "order_target", "inventory_target", "attribution_target")


@cache
def _application() -> FastAPI:
    return application.build(None, Settings(env="test"))


@asynccontextmanager
async def front(member: Member) -> AsyncIterator[str]:
    """Its address; nobody behind it but member."""
    channels: list[client.Channel] = []

    async def own(name: str, _secret: str) -> tuple[str, float]:
        return await member.service(name), 3600.0

    def connect(target: str) -> client.Channel:
        channels.append(client.connect(target, ServiceTokens(own, "gateway", "")))
        return channels[-1]

    told: dict[str, Any] = dict.fromkeys(_TARGETS, member.address) | dict.fromkeys(_RATES, 10**9)
    settings, feed = Settings(env="test", **told), Feed("", "gateway")
    verifier = TokenVerifier(member.parts.ground.keys.jwks, "omo", now=lambda: member.wall().timestamp())
    built = _application()
    built.state.admission = Admission(services.connect(connect, settings), verifier, Limits(None, settings), feed)
    server = HttpFront(Edge(built, production=False, trusted_hops=0), feed, "127.0.0.1:0")
    try:
        yield f"http://{await server.start()}"
    finally:
        await server.stop()
        for channel in channels:
            await channel.close()
