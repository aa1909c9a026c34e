"""The three embedded servers as one: started together, stopped in order."""

import asyncio
from dataclasses import dataclass

from cli.stack import binaries, child, databases, ports
from cli.stack.child import Child
from cli.stack.home import Home
from cli.stack.nats import MAIN, Nats
from cli.stack.postgres import Postgres
from cli.stack.trouble import Trouble
from cli.stack.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen, on 127.0.0.1."""

    postgres: int = 15432
    nats: int = 14222
    nats_monitor: int = 18222
    valkey: int = 16379

    @classmethod
    def free(cls) -> "Ports":
        return cls(ports.free(), ports.free(), ports.free(), ports.free())

    def require(self) -> None:
        ports.require(self.postgres, "Postgres")
        ports.require(self.nats, "NATS")
        ports.require(self.nats_monitor, "NATS' monitoring page")
        ports.require(self.valkey, "Valkey")


@dataclass(frozen=True, slots=True)
class Servers:
    """Postgres, NATS and Valkey of one home."""

    home: Home
    postgres: Postgres
    nats: Nats
    valkey: Valkey

    @classmethod
    def lay_out(
        cls, home: Home, listen: Ports, *, durable: bool = True, accounts: tuple[str, ...] = (MAIN,)
    ) -> "Servers":
        """The servers of a home, not started. `durable=False` trades crash safety of Postgres for speed."""
        found = binaries.prepare(home)
        return cls(
            home,
            Postgres(home, found, listen.postgres, durable),
            Nats(home, found, listen.nats, listen.nats_monitor, accounts),
            Valkey(home, found, listen.valkey, durable),
        )

    async def start(self) -> None:
        """Starts all three at once; if one fails, those that run are stopped again."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._start_postgres())
                group.create_task(self.nats.start())
                group.create_task(self.valkey.start())
        except BaseExceptionGroup as failures:
            await self.stop()
            for failure in failures.exceptions:
                if isinstance(failure, Trouble):
                    raise failure from None
            raise

    async def stop(self) -> None:
        """Stops what runs: events first, the truth last."""
        await self.nats.stop()
        await self.valkey.stop()
        await self.postgres.stop()

    def ended(self) -> list[Child]:
        """The servers that are gone and that nobody stopped."""
        started = (self.postgres.child, self.nats.child, self.valkey.child)
        return [child for child in started if child is not None and not child.alive]

    async def restart(self, name: str) -> None:
        """Starts a server that is gone again, at its old address and with its data."""
        starts = {"postgres": self.postgres.start, "nats": self.nats.start, "valkey": self.valkey.start}
        await starts[name]()

    async def _start_postgres(self) -> None:
        await self.postgres.start()
        await databases.provision(self.home, self.postgres.dsn())


async def stop_leftovers(home: Home) -> list[str]:
    """Stops every process that an earlier supervisor of this home left behind: processes first, servers last."""
    last = {"nats": 1, "valkey": 2, "postgres": 3}
    left = sorted(child.recall_all(home), key=lambda found: last.get(found.name, 0))
    for found in left:
        await found.stop(child.stop_signal(found.name))
    return [found.name for found in left]
