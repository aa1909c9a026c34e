"""The whole suite as real processes for as long as a measurement lasts: Postgres and JetStream sync, limits are wide.

The gateway believes X-Forwarded-For, so that one machine can be many shoppers;
that and the rates per minute are ordinary settings. Everything else is as
`omoctl up` has it.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cli.demo import playing
from cli.demo.stage import Stage
from cli.fleet import fleet as fleets
from cli.fleet import running
from cli.fleet.backing import Embedded
from cli.fleet.fleet import Fleet
from cli.fleet.roster import ROSTER, Entry
from cli.fleet.running import Running
from cli.stack.databases import SERVICES
from cli.stack.home import Home, default_root
from cli.stack.servers import Ports, Servers

_MANY = str(10**9)
_WIDE = tuple((f"RATE_{kind}", _MANY) for kind in ("ANONYMOUS", "MEMBER", "STAFF", "HQ"))
# Python processes of ours; the simulator stands for somebody outside
OURS = (*SERVICES, "gateway", "storelink")


@dataclass(frozen=True, slots=True)
class Bench:
    """A running suite."""

    home: Home
    fleet: Fleet
    servers: Servers
    found: Running

    @property
    def gateway(self) -> str:
        return self.found.processes["gateway"]

    @property
    def pids(self) -> dict[str, int]:
        """Every process by name; Postgres is its whole family."""
        stack = self.servers
        started = {"postgres": stack.postgres.child, "nats": stack.nats.child, "valkey": stack.valkey.child}
        return {name: child.pid for name, child in (self.fleet.children | started).items() if child is not None}

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Stage]:
        """The suite's public doors, and what only its keeper can do: settle and prove."""
        async with playing.stage(self.home, self.found, self.fleet.plan.backing, print) as stage:
            yield stage


def folder() -> Path:
    """A folder that the servers' own user may enter; whoever asks removes it."""
    root = Path(tempfile.mkdtemp(prefix="omo-bench-"))
    root.chmod(0o711)
    return root


@asynccontextmanager
async def suite(only: Collection[str] = (), **settings: str) -> AsyncIterator[Bench]:
    """A suite of its own in a folder that is removed, or `only` some of it; `settings` go to every process."""
    root = folder()
    home = Home.open(root / "home", default_root() / "bin")
    ports = Ports.free()
    servers = Servers.lay_out(home, ports)
    roster = tuple(_told(entry) for entry in ROSTER if not only or entry.name in only)
    own_pid = running.become_supervisor(home)
    plan = fleets.plan(home, Embedded(servers), "demo", fleets.places(roster, free=True), extra=settings)
    fleet = Fleet(plan, roster)
    try:
        await fleet.start()
        found = running.note(home, plan, ports, external=False)
        yield Bench(home, fleet, servers, found)
    finally:
        await fleet.stop()
        own_pid.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)


def _told(entry: Entry) -> Entry:
    """The gateway with wide limits."""
    if entry.name != "gateway":
        return entry
    return replace(entry, settings=(*entry.settings, ("TRUSTED_HOPS", "1"), *_WIDE))
