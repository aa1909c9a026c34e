"""A service's own token: fetched when it is first needed, renewed at half life."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

# (service name, secret) -> (token, seconds that it lives)
Issue = Callable[[str, str], Awaitable[tuple[str, float]]]


class ServiceTokens:
    """Hands out this service's token; a renewal that fails is retried while the old one still lives.

    `stub` is the issuer's access stub, or any `Issue` callable.
    """

    def __init__(self, stub: Any, name: str, secret: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issue: Issue = stub if callable(stub) else _by_stub(stub)
        self._name = name
        self._secret = secret
        self._monotonic = monotonic
        self._token = ""
        self._renew = self._expire = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """A token that lives at least some seconds more; while one caller renews it, the others take the old one."""
        now = self._monotonic()
        if now < self._renew or (now < self._expire and self._lock.locked()):
            return self._token
        async with self._lock:
            if self._monotonic() >= self._renew:
                await self._fetch()
        return self._token

    async def _fetch(self) -> None:
        try:
            token, life = await self._issue(self._name, self._secret)
        except Exception:
            if self._monotonic() >= self._expire:
                raise
            self._renew = self._monotonic() + 1.0  # the old token still lives: no storm of renewals
            return
        now = self._monotonic()
        self._token, self._renew, self._expire = token, now + life / 2, now + life - 5.0


def _by_stub(stub: Any) -> Issue:
    async def issue(name: str, secret: str) -> tuple[str, float]:
        from omo.member.v1 import access_service_pb2 as pb  # noqa: PLC0415  # only callers need it

        reply = await stub.IssueServiceToken(pb.IssueServiceTokenRequest(service=name, secret=secret), timeout=2.0)
        return reply.access_token, _life(reply.access_token)

    return issue


def _life(token: str) -> float:
    """Seconds that the token was issued for: by its own claims, so that two machines' clocks need not agree."""
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return float(claims["exp"] - claims["iat"])
