"""The supervisor: servers, migrations, processes, in order; and back."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cli.fleet import certificates, readiness
from cli.fleet.backing import Backing
from cli.fleet.environment import environment
from cli.fleet.plan import Place, Plan
from cli.fleet.roster import ROSTER, Entry, Kind
from cli.stack import ports
from cli.stack.child import Child, spawn
from cli.stack.home import CLONE, Home
from cli.stack.trouble import Trouble
from kit import migrate

_READY_SECONDS = 60.0
_STOP_SECONDS = 40.0  # a process drains for 20 s and then closes its pools


def places(roster: Iterable[Entry], *, free: bool) -> dict[str, Place]:
    """Where each process listens: its fixed ports, checked, or free ones."""
    if free:
        return {entry.name: Place(_local(ports.free()), _local(ports.free())) for entry in roster}
    for entry in roster:
        ports.require(entry.port, entry.name)
        ports.require(entry.metrics_port, f"the metrics page of {entry.name}")
    return {entry.name: Place(_local(entry.port), _local(entry.metrics_port)) for entry in roster}


def _local(port: int) -> str:
    return f"127.0.0.1:{port}"


def plan(
    home: Home,
    backing: Backing,
    profile: str,
    where: Mapping[str, Place],
    *,
    detours: Mapping[tuple[str, str], str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Plan:
    """Everything the processes' environments are made of."""
    return Plan(home, profile, backing, where, certificates.issue(home), detours or {}, extra or {})


def _silent(_line: str) -> None:
    """Nobody asked to hear about the progress."""


@dataclass(slots=True)
class Fleet:
    """The running suite of one home."""

    plan: Plan
    roster: tuple[Entry, ...] = ROSTER
    say: Callable[[str], None] = _silent
    children: dict[str, Child] = field(default_factory=dict)

    async def start(self) -> None:
        """Brings everything up; whatever was started is stopped again if a part fails."""
        try:
            self.say("servers: Postgres, NATS, Valkey")
            await self.plan.backing.start()
            self.say("migrations")
            await self._migrate()
            self.say("processes: " + ", ".join(entry.name for entry in self.roster))
            for entry in self.roster:
                self.launch(entry)
            await self.wait_ready()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Doors first, then the services, member last because it issues the tokens; then the servers."""
        for level in sorted({entry.level for entry in self.roster}, reverse=True):
            await asyncio.gather(*(self._stop(entry) for entry in self.roster if entry.level == level))
        self.children.clear()
        await self.plan.backing.stop()

    async def _stop(self, entry: Entry) -> None:
        child = self.children.get(entry.name)
        if child is not None:
            self.say(f"stopping {entry.name}" if child.alive else f"{entry.name} is gone already")
            await child.stop(patience=_STOP_SECONDS)

    def launch(self, entry: Entry, faults: str = "") -> Child:
        """Starts one process, with the fault points that it shall fail at."""
        self.plan.address_file(entry.name).unlink(missing_ok=True)
        command = [sys.executable, "-m", entry.module]
        told = environment(self.plan, entry, faults)
        self.children[entry.name] = spawn(self.plan.home, entry.name, command, told, folder=CLONE)
        return self.children[entry.name]

    async def wait_ready(self, *names: str) -> None:
        """Waits until these processes, or all, say that they are ready."""
        chosen = [entry for entry in self.roster if not names or entry.name in names]
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(self._ready(entry)) for entry in chosen]
        for trouble in (wait.result() for wait in waits):
            if trouble:
                raise trouble

    async def kill(self, name: str) -> None:
        """SIGKILL: no drain, no goodbye."""
        child = self.children[name]
        child.send(signal.SIGKILL)
        await child.gone(10.0)

    async def restart(self, name: str, faults: str = "") -> None:
        """Starts a process again at its old address, stopped in order first if it runs; or a server that is gone."""
        if name not in self.children:
            await self.plan.backing.restart(name)
            self.say(f"  {name} is ready again")
            return
        entry = next(entry for entry in self.roster if entry.name == name)
        await self.children[name].stop(patience=_STOP_SECONDS)
        self.launch(entry, faults)
        await self.wait_ready(name)

    def ended(self) -> list[Child]:
        """The servers and processes that are gone and that nobody stopped."""
        return [*self.plan.backing.ended(), *(child for child in self.children.values() if not child.alive)]

    def entry(self, name: str) -> Entry:
        return next(entry for entry in self.roster if entry.name == name)

    async def _migrate(self) -> None:
        services = [entry.name for entry in self.roster if entry.kind is Kind.SERVICE]
        results = await asyncio.gather(
            *(migrate.migrate(self.plan.backing.postgres_owner(service), service) for service in services),
            return_exceptions=True,
        )
        for service, result in zip(services, results, strict=True):
            if isinstance(result, BaseException):
                raise Trouble(f"the migrations of {service} failed: {result}", "see services/*/migrations") from result

    async def _ready(self, entry: Entry) -> Trouble | None:
        began = time.monotonic()
        end = began + _READY_SECONDS
        child, place = self.children[entry.name], self.plan.places[entry.name]
        while child.alive and time.monotonic() < end:
            if await readiness.ready(place):
                self.say(f"  {entry.name} is ready after {time.monotonic() - began:.1f} s")
                return None
            await asyncio.sleep(0.1)
        return self._complaint(child)

    def _complaint(self, child: Child) -> Trouble:
        if child.alive:
            words = child.last_words(1) or "it said nothing"
            return Trouble(f"{child.name} is not ready after {_READY_SECONDS:.0f} s: {words}", f"read {child.log}")
        return Trouble(child.end(" at start"), f"read {child.log}")
