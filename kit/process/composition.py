"""Putting a process together, and taking it apart in the order that loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import grpc

from kit import access
from kit.access import Permissions
from kit.process import issuer, startup
from kit.process.running import Front, Loop, Running
from kit.rpc import client
from kit.rpc.server import Server
from kit.settings import ProcessSettings
from kit.telemetry import logs, traces
from kit.telemetry.endpoint import Endpoint
from kit.tokens import Jwks, ServiceTokens, TokenVerifier

if TYPE_CHECKING:  # a process loads only what it asks for: the gateway has no database
    from nats.aio.client import Client
    from nats.js import JetStreamContext
    from redis.asyncio import Redis

    from kit.clock import Clock
    from kit.consumer import Consumer, On
    from kit.outbox import Relay
    from kit.postgres import Database

_BROKER_MOMENT = 1.0

_log = logs.get(__name__)


class Process:
    """One server process: open what it needs, add what it does, then `run` until it is told to stop."""

    def __init__(self, name: str, settings: ProcessSettings) -> None:
        self.name = name
        self.settings = settings
        self._running = Running()
        self._endpoint = Endpoint(lambda: self._running.readiness.able)
        self._channels: list[client.Channel] = []
        self._issuer: client.Channel | None = None
        self._tokens: ServiceTokens | None = None
        self._verifier: TokenVerifier | None = None
        self._db: Database | None = None
        self._nats: Client | None = None
        self._reaching: asyncio.Task[None] | None = None
        self._jetstream: JetStreamContext | None = None
        self._valkey: Redis | None = None
        self._clock: Clock | None = None

    async def __aenter__(self) -> Self:
        settings = self.settings
        logs.configure(self.name, level=settings.log_level, env=settings.env)
        file = str(settings.trace_file) if settings.trace_file else None
        traces.configure(self.name, endpoint=settings.otlp_endpoint, file=file, ratio=settings.trace_ratio)
        access.become(access.service(self.name))
        # probes answer while we still wait for the database: waiting is alive
        await self._endpoint.start(settings.metrics_listen)
        return self

    async def __aexit__(self, *_: object) -> None:
        for close in (self._close_clients, self._close_nats, self._close_database, self._endpoint.stop):
            try:
                await close()
            except Exception:  # the rest must still be closed
                _log.exception("not closed")
        traces.shutdown()
        _log.info("stopped")

    async def database(self) -> "Database":
        """The service's own database; waits for it."""
        from kit.postgres import Database  # noqa: PLC0415

        if self._db is None:
            dsn = self.settings.postgres_dsn
            self._db = await startup.eventually("postgres", lambda: Database.open(dsn, self.settings.postgres_pool))
        return self._db

    async def jetstream(self) -> "JetStreamContext":
        """The broker's JetStream, reached in the background: without it only events wait, and no caller."""
        from kit import streams  # noqa: PLC0415
        from kit.nats_client import LightClient  # noqa: PLC0415

        if self._jetstream is None:
            url, seed = self.settings.nats_url, self.settings.nats_seed
            self._nats = LightClient()
            reach = streams.reach(self._nats, url, self.name, seed, on_closed=self._broker_gone)
            self._reaching = asyncio.create_task(reach, name="nats")
            self._reaching.add_done_callback(self._broker_found)
            # a moment, so that in ordinary times the first events need not wait for a second look
            await asyncio.wait({self._reaching}, timeout=_BROKER_MOMENT)
            self._jetstream = self._nats.jetstream(timeout=5)
        return self._jetstream

    def valkey(self) -> "Redis":
        """Valkey, connected when it is first used: nothing that it holds is needed to start."""
        from redis.asyncio import Redis  # noqa: PLC0415

        if self._valkey is None:
            url = self.settings.valkey_url
            self._valkey = Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
        return self._valkey

    async def clock(self) -> "Clock":
        """Business time; only in test and demo does it look for an offset."""
        from kit.clock import open_clock  # noqa: PLC0415

        if self._clock is None:
            moved = self.settings.env in ("test", "demo") and bool(self.settings.valkey_url)
            self._clock = await open_clock(self.settings.env, self.valkey() if moved else None)
        return self._clock

    def verifier(self, jwks: Jwks | None = None) -> TokenVerifier:
        """Checks callers' tokens with the keys of `jwks`; without it, those that the issuing service publishes."""
        if self._verifier is None:
            source = jwks or issuer.jwks_by(self._issuer_channel())
            self._verifier = TokenVerifier(source, self.settings.issuer)
        return self._verifier

    def tokens(self) -> ServiceTokens:
        """This service's own token, for calls that it makes by itself."""
        if self._tokens is None:
            secret = self.settings.service_secret
            self._tokens = ServiceTokens(issuer.stub(self._issuer_channel()), self.name, secret)
        return self._tokens

    def connect(self, target: str, *, credentials: grpc.ChannelCredentials | None = None) -> client.Channel:
        """A channel to another service, for its generated stub."""
        channel = client.connect(target, self.tokens(), credentials=credentials)
        self._channels.append(channel)
        return channel

    def grpc(
        self,
        permissions: Permissions,
        *,
        streaming: bool = False,
        credentials: grpc.ServerCredentials | None = None,
    ) -> Server:
        """The process's gRPC server; add servicers to it, then `run`."""
        server = Server(
            self.name, self.settings, self.verifier(), permissions, streaming=streaming, credentials=credentials
        )
        self._running.fronts.append(server)
        return server

    def front(self, front: Front) -> None:
        """Adds another way in, such as an HTTP server."""
        self._running.fronts.append(front)

    def relay(self) -> "Relay":
        """Publishes the service's outbox while the process runs."""
        from kit import outbox, streams  # noqa: PLC0415

        db, jetstream = self._opened()
        relay = self._running.relay = outbox.Relay(db, jetstream, streams.stream_name(self.name))
        return relay

    def consumer(self, handlers: "Sequence[On[Any]]") -> "Consumer":
        """Handles other services' events while the process runs."""
        from kit.consumer import Consumer  # noqa: PLC0415

        db, jetstream = self._opened()
        consumer = Consumer(db, jetstream, self.name, handlers)
        self._running.loops.append(consumer)
        return consumer

    def timers(self, handlers: Mapping[str, Any]) -> None:
        """Fires what falls due while the process runs."""
        from kit.timers import Timers  # noqa: PLC0415

        assert self._db is not None, "open the database first"
        assert self._clock is not None, "open the clock first"
        self._running.loops.append(Timers(self._db, self._clock, handlers))

    def loop(self, loop: Loop) -> None:
        """Adds work of another kind that runs until the process stops."""
        self._running.loops.append(loop)

    def on_stop(self, cleanup: Callable[[], Awaitable[Any]]) -> None:
        """Awaits this when calls and reactions have ended, and before the last events go out."""
        self._running.cleanups.append(cleanup)

    def stop(self, crash: str | None = None) -> None:
        """Begins the ordered stop; with a reason it ends as a crash, so that the supervisor starts anew."""
        self._running.stop(crash)

    async def run(self) -> None:
        """Serves until SIGTERM, SIGINT or `stop`, then ends in order."""
        await self._running.run(self._db, self._announce)

    def _announce(self, address: str) -> None:
        startup.announce(self.name, address, self._endpoint.address, self.settings.address_file)

    def _opened(self) -> "tuple[Database, JetStreamContext]":
        assert self._db is not None, "open the database first"
        assert self._jetstream is not None, "open JetStream first"
        return self._db, self._jetstream

    def _issuer_channel(self) -> client.Channel:
        # without tokens: it is where the keys and the tokens come from
        if self._issuer is None:
            self._issuer = client.connect(self.settings.member_target)
            self._channels.append(self._issuer)
        return self._issuer

    def _broker_gone(self) -> None:
        # the client gives up only when it is told to, or cannot sign in any more: a new process may
        self._running.stop("the connection to the broker is closed for good")

    def _broker_found(self, reaching: "asyncio.Task[None]") -> None:
        if not reaching.cancelled() and (error := reaching.exception()):
            self._running.stop(f"the broker cannot be reached: {error!r}")

    async def _close_clients(self) -> None:
        for channel in self._channels:
            await channel.close()
        if self._valkey is not None:
            await self._valkey.aclose()

    async def _close_nats(self) -> None:
        if self._reaching is not None and not self._reaching.done():
            self._reaching.cancel()
        elif self._nats is not None:
            await self._nats.close()

    async def _close_database(self) -> None:
        if self._db is not None:
            await self._db.close()
