"""The servers that all tests of a run share, and each worker's own corner of them."""

from dataclasses import asdict, dataclass

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from redis.asyncio import Redis

from cli.stack.home import Home
from cli.stack.nats import MAIN
from cli.stack.servers import Ports, Servers
from tests.harness import run

WORKERS = 16
_ACCOUNTS = (MAIN, *(f"W{number}" for number in range(WORKERS)))


async def servers() -> Servers:
    """The run's servers; the first caller of the run starts them.

    Postgres runs without fsync here: no test on the shared servers pulls a plug. Tests of faults
    take a fleet of their own, whose Postgres syncs.
    """
    home = Home.open(run.root() / "shared", run.binaries())
    with run.locked("shared"):
        listen = home.noted("ports")
        if isinstance(listen, dict):
            return Servers.lay_out(home, Ports(**listen), durable=False, accounts=_ACCOUNTS)
        fresh = Ports.free()
        started = Servers.lay_out(home, fresh, durable=False, accounts=_ACCOUNTS)
        await started.start()
        home.note("ports", asdict(fresh))
        return started


@dataclass(frozen=True, slots=True)
class NatsCorner:
    """A JetStream account that only this worker uses; each test finds it empty."""

    servers: Servers
    account: str
    operator: Client

    @property
    def url(self) -> str:
        return self.servers.nats.url

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream as the operator, who may do everything."""
        return self.operator.jetstream(timeout=30)

    def seed(self, user: str) -> str:
        """The NKey seed of a user (a service's name, gateway, operator) in this account."""
        return self.servers.nats.seed(user, self.account)

    async def connect(self, user: str) -> Client:
        """A connection with no more than the user's rights; the caller closes it."""
        return await connect(self.servers, user, self.account)

    async def empty(self) -> None:
        """Removes every stream, and with them every consumer."""
        for stream in await self.jetstream.streams_info():
            await self.jetstream.delete_stream(stream.config.name or "")


async def connect(servers: Servers, user: str, account: str = MAIN) -> Client:
    """A NATS connection as one user of an account."""
    return await nats.connect(
        servers.nats.url,
        nkeys_seed_str=servers.nats.seed(user, account),
        inbox_prefix=f"_INBOX_{user}".encode(),
        connect_timeout=30,
        allow_reconnect=False,
    )


@dataclass(frozen=True, slots=True)
class ValkeyCorner:
    """A Valkey database that only this worker uses; each test finds it empty."""

    servers: Servers
    number: int
    client: Redis

    def url(self, user: str) -> str:
        """The address for a process (a service's name, gateway, payment, operator), with its ACL user."""
        return self.servers.valkey.url(user, self.number)


def corner_of_nats(servers: Servers, operator: Client) -> NatsCorner:
    return NatsCorner(servers, _account(), operator)


async def operator_of_nats(servers: Servers) -> Client:
    return await connect(servers, "operator", _account())


def corner_of_valkey(servers: Servers) -> ValkeyCorner:
    number = run.worker() + 1  # 0 is the shared fleet's
    client = Redis.from_url(servers.valkey.url("operator", number), decode_responses=True)
    return ValkeyCorner(servers, number, client)


def _account() -> str:
    if run.worker() >= WORKERS:
        raise RuntimeError(f"the shared servers have room for {WORKERS} workers: use a smaller -n")
    return f"W{run.worker()}"
