"""A small service for the tests of the transport, added to a server as generated code adds one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import grpc
from google.protobuf.wrappers_pb2 import StringValue

from kit.access import Permissions, allow
from kit.rpc.client import Channel, connect
from kit.rpc.server import Server
from kit.settings import ProcessSettings
from kit.tokens import ServiceTokens, TokenVerifier
from tests.unit.kit_rpc.issuer import ISSUER, Issuer

Answer = Callable[[str], Awaitable[str]]
VERBS = ("Say", "Hidden", "Count", "Chat", "Generate", "Gather")


def path(service: str, verb: str) -> str:
    return f"/omo.{service}.v1.EchoService/{verb}"


def everybody(service: str) -> Permissions:
    """Every verb but Hidden, for everybody."""
    return {
        path(service, verb): (f"{service}.{verb.lower()}", allow(anonymous=True)) for verb in VERBS if verb != "Hidden"
    }


class Echo:
    """Answers by what the test wants; streams in both of grpc's styles."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.cancelled = asyncio.Event()

    async def Say(self, request: StringValue, context: Any) -> StringValue:
        return StringValue(value=await self.answer(request.value))

    async def Hidden(self, request: StringValue, context: Any) -> StringValue:
        return request

    async def Count(self, request: StringValue, context: Any) -> AsyncIterator[StringValue]:
        for number in range(int(request.value)):
            yield StringValue(value=str(number))
        await self.answer(request.value)

    async def Chat(self, requests: Any, context: Any) -> None:
        try:
            while (message := await context.read()) is not grpc.aio.EOF:
                await context.write(StringValue(value=await self.answer(message.value)))
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def Generate(self, requests: AsyncIterator[StringValue], context: Any) -> AsyncIterator[StringValue]:
        async for message in requests:
            yield StringValue(value=await self.answer(message.value))

    async def Gather(self, requests: AsyncIterator[StringValue], context: Any) -> StringValue:
        return StringValue(value="".join([message.value async for message in requests]))


def add_to(service: str) -> Callable[[Any, Any], None]:
    """The function that protoc would have generated."""

    def add(servicer: Echo, server: Any) -> None:
        codecs: Any = {
            "request_deserializer": StringValue.FromString,
            "response_serializer": StringValue.SerializeToString,
        }
        handlers: dict[str, Any] = {
            "Say": grpc.unary_unary_rpc_method_handler(servicer.Say, **codecs),
            "Hidden": grpc.unary_unary_rpc_method_handler(servicer.Hidden, **codecs),
            "Count": grpc.unary_stream_rpc_method_handler(servicer.Count, **codecs),
            "Chat": grpc.stream_stream_rpc_method_handler(servicer.Chat, **codecs),
            "Generate": grpc.stream_stream_rpc_method_handler(servicer.Generate, **codecs),
            "Gather": grpc.stream_unary_rpc_method_handler(servicer.Gather, **codecs),
        }
        name = f"omo.{service}.v1.EchoService"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
        server.add_registered_method_handlers(name, handlers)

    return add


class Stub:
    """The stub that protoc would have generated."""

    def __init__(self, channel: Any, service: str) -> None:
        codecs = {"request_serializer": StringValue.SerializeToString, "response_deserializer": StringValue.FromString}
        self._say = channel.unary_unary(path(service, "Say"), **codecs)
        self._hidden = channel.unary_unary(path(service, "Hidden"), **codecs)
        self.Count = channel.unary_stream(path(service, "Count"), **codecs)
        self.Chat = channel.stream_stream(path(service, "Chat"), **codecs)
        self.Generate = channel.stream_stream(path(service, "Generate"), **codecs)
        self.Gather = channel.stream_unary(path(service, "Gather"), **codecs)

    def Say(self, text: str = "", **named: Any) -> Any:
        return self._say(StringValue(value=text), **named)

    def Hidden(self, text: str = "", **named: Any) -> Any:
        return self._hidden(StringValue(value=text), **named)


@asynccontextmanager
async def serving(
    service: str,
    answer: Answer,
    *,
    issuer: Issuer | None = None,
    permissions: Permissions | None = None,
    env: Literal["production", "test"] = "test",
    **named: Any,
) -> AsyncIterator[tuple[Server, Echo]]:
    """A real server on a free port."""
    settings = ProcessSettings(env=env, name=service, service_secret="a-secret-for-tests-only-0123456789")
    verifier = TokenVerifier((issuer or Issuer()).jwks, ISSUER)
    server = Server(service, settings, verifier, permissions or everybody(service), settle=0.0, **named)
    echo = Echo(answer)
    server.add(add_to(service), echo)
    await server.start("127.0.0.1:0")
    try:
        yield server, echo
    finally:
        await server.stop(0.5)


@asynccontextmanager
async def speaking(server: Server | str, service: str, tokens: ServiceTokens | None = None) -> AsyncIterator[Stub]:
    """A stub on a channel of ours."""
    channel: Channel
    async with connect(server if isinstance(server, str) else server.address, tokens) as channel:
        yield Stub(channel, service)
