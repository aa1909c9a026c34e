"""Channels to other services: balanced, kept alive, retried where that is safe, and speaking for the caller."""

from typing import Any, Self

import grpc

from kit.rpc import tuning
from kit.rpc.calls import Method, OneAnswer, Stream
from kit.tokens import ServiceTokens


def connect(
    target: str, tokens: ServiceTokens | None = None, *, credentials: grpc.ChannelCredentials | None = None
) -> "Channel":
    """A channel to `host:port` (or several, divided by commas); hand it to a generated stub.

    Every call carries the caller's token, actor, trace and request id, has a
    deadline, and fails with the Fault that the other side raised.
    """
    options = tuning.client_options()
    address = _address(target)
    if credentials is not None:
        return Channel(grpc.aio.secure_channel(address, credentials, options), tokens)
    return Channel(grpc.aio.insecure_channel(address, options), tokens)


def _address(target: str) -> str:
    if "://" in target or target.startswith(("ipv4:", "ipv6:", "unix:")):
        return target
    # dns:/// takes one name; a list of addresses (replicas on one machine) has a scheme of its own
    return f"ipv4:{target}" if "," in target else f"dns:///{target}"


class Channel(grpc.aio.Channel):
    """A channel whose methods are ours.

    Not grpc's client interceptors: those run each call in a task of its own
    and have no say over how a failure looks to the caller.
    """

    def __init__(self, inner: grpc.aio.Channel, tokens: ServiceTokens | None) -> None:
        self._inner = inner
        self._tokens = tokens

    def unary_unary(self, method: str, *codecs: Any, **named: Any) -> Any:
        """A method with one question and one answer."""
        return Method(OneAnswer, self._inner.unary_unary(method, *codecs, **named), method, self._tokens)

    def stream_unary(self, method: str, *codecs: Any, **named: Any) -> Any:
        """A method with many questions and one answer."""
        return Method(OneAnswer, self._inner.stream_unary(method, *codecs, **named), method, self._tokens)

    def unary_stream(self, method: str, *codecs: Any, **named: Any) -> Any:
        """A method with one question and many answers."""
        return Method(Stream, self._inner.unary_stream(method, *codecs, **named), method, self._tokens)

    def stream_stream(self, method: str, *codecs: Any, **named: Any) -> Any:
        """A method with many questions and many answers."""
        return Method(Stream, self._inner.stream_stream(method, *codecs, **named), method, self._tokens)

    async def close(self, grace: float | None = None) -> None:
        """Closes the connections after what runs, or `grace` seconds."""
        await self._inner.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of the connections."""
        return self._inner.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Returns when the state is another."""
        await self._inner.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Returns when there is a connection."""
        await self._inner.channel_ready()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
