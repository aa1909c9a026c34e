"""The service that issues tokens, as every other process asks it: for its keys, and for a token of its own."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from contextvars import Context
from typing import Any, TypeVar

from kit.rpc.client import Channel
from kit.tokens import Jwks

_TIMEOUT = 2.0

T = TypeVar("T")


def stub(channel: Channel) -> Any:
    """The issuer's stub."""
    from omo.member.v1 import access_service_pb2_grpc  # noqa: PLC0415  # the issuer itself has no need of it

    return access_service_pb2_grpc.AccessServiceStub(channel)


def jwks_by(channel: Channel) -> Jwks:
    """Fetches the published keys over this channel."""

    async def ask() -> Mapping[str, Any]:
        from omo.member.v1 import access_service_pb2 as pb  # noqa: PLC0415

        reply = await stub(channel).GetJwks(pb.GetJwksRequest(), timeout=_TIMEOUT)
        document: Mapping[str, Any] = json.loads(reply.jwks_json)
        return document

    async def fetch() -> Mapping[str, Any]:
        return await _by_itself(ask())

    return fetch


async def _by_itself(work: Coroutine[Any, Any, T]) -> T:
    """Runs outside the call that happened to need it: not with its caller's rights, nor in what it has left."""
    return await asyncio.create_task(work, context=Context())
