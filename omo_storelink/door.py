"""The way to the store door: its channel, and the device token that opens it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc

from omo.storelink.v1 import storelink_service_pb2_grpc as link_rpc
from omo.storelink.v1 import till_service_pb2 as till_pb
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc

_SIGN_IN_SECONDS = 5.0
_AGAIN_SECONDS = 0.5
# a dead peer is noticed by these pings within half a minute, and by the session's own heartbeats in any case
_OPTIONS = (
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What the terminal got when it enrolled; keep it in the operating system's key store."""

    terminal_id: str
    device_secret: str = field(repr=False)


class Door:
    """One channel for the session and for questions; `trusted` is the PEM of the authority, None for the system's.

    A `channel` that is handed in may serve many doors, and stays open.
    """

    def __init__(
        self,
        address: str,
        credential: Credential,
        *,
        trusted: bytes | None = None,
        insecure: bool = False,
        now: Callable[[], float] = time.time,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._address = address
        self._credential = credential
        self._trusted = trusted
        self._insecure = insecure
        self._now = now
        self._channel = channel
        self._lent = channel is not None
        self._token = ""
        self._renew = 0.0
        self._signing_in = asyncio.Lock()

    @property
    def terminal_id(self) -> str:
        """Who we are."""
        return self._credential.terminal_id

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel, opened at its first use: it belongs to the event loop that runs then."""
        if self._channel is None:
            self._channel = open_channel(self._address, self._trusted, insecure=self._insecure)
        return self._channel

    async def metadata(self) -> tuple[tuple[str, str], ...]:
        """What a call carries; signs in when the token is past its half life."""
        async with self._signing_in:
            if self._now() >= self._renew:
                await self._sign_in()
        return (("authorization", f"Bearer {self._token}"),)

    def forget_token(self) -> None:
        """The server did not take it: the next call signs in again."""
        self._renew = 0.0

    async def session(self) -> Any:
        """A fresh stream."""
        return link_rpc.StoreLinkServiceStub(self.channel).Session(metadata=await self.metadata())

    async def close(self) -> None:
        if self._channel is not None and not self._lent:
            await self._channel.close()
            self._channel = None

    async def _sign_in(self) -> None:
        request = till_pb.SignInTerminalRequest(
            terminal_id=self._credential.terminal_id, device_secret=self._credential.device_secret
        )
        reply = await till_rpc.TillServiceStub(self.channel).SignInTerminal(request, timeout=_SIGN_IN_SECONDS)
        now = self._now()
        life = reply.session.access_expire_time.ToMicroseconds() / 1e6 - now
        # a till's clock may be days off: then the token serves for one call at least
        self._token, self._renew = reply.session.access_token, now + min(max(life / 2, 1.0), 300.0)


def open_channel(address: str, trusted: bytes | None = None, *, insecure: bool = False) -> grpc.aio.Channel:
    """A channel to the store door; insecure only towards a developer's own machine."""
    if insecure:
        return grpc.aio.insecure_channel(address, _OPTIONS)
    return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(trusted), _OPTIONS)


async def enrol(address: str, code: str, *, trusted: bytes | None = None, insecure: bool = False) -> Credential:
    """Turns headquarters' one-time code into this terminal's credential, which is shown only here."""
    async with open_channel(address, trusted, insecure=insecure) as channel:
        reply = await _enrolled(till_rpc.TillServiceStub(channel), till_pb.EnrolTerminalRequest(code=code))
    return Credential(reply.terminal.terminal_id, reply.device_secret)


async def _enrolled(stub: Any, request: till_pb.EnrolTerminalRequest) -> Any:
    """Asks again while somebody behind the door is being restarted: nobody took the code then.

    Where the code was taken and the answer got lost, the next try says so, and headquarters gives another.
    """
    ends = time.monotonic() + _SIGN_IN_SECONDS
    while True:
        try:
            return await stub.EnrolTerminal(request, timeout=_SIGN_IN_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() >= ends:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)
