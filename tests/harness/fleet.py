"""The whole suite as real processes, for journeys and faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cli.fleet import clock as clocks
from cli.fleet import fleet as fleets
from cli.fleet.backing import Embedded
from cli.fleet.clock import Clock
from cli.fleet.fleet import Fleet
from cli.fleet.plan import Place, service_secret
from cli.fleet.quiet import Backlog, Watch
from cli.fleet.roster import ROSTER, STAND_INS, Entry, Kind
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from tests.harness import run
from tests.harness.chaos import ChaosProxy
from tests.harness.databases import Address, address

Edge = tuple[str, str]
# whoever stands for LINE: journeys log in by it, write by it and read what it was given
_LISTENERS = tuple(entry for entry in STAND_INS if entry.name == "messaging")


class NotYours(AssertionError):
    """A test tried to break what it shares with others."""


@dataclass(slots=True)
class TestFleet:
    """What a test may see of a fleet and do to it; a shared fleet refuses to be harmed."""

    __test__ = False

    fleet: Fleet
    servers: Servers
    clock: Clock
    dedicated: bool
    proxies: dict[Edge, ChaosProxy] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        return f"http://{self.fleet.plan.places['gateway'].listen}"

    @property
    def door_target(self) -> str:
        """The store door's gRPC target; trust `door_ca`."""
        return self.fleet.plan.places["storelink"].listen

    @property
    def door_ca(self) -> bytes:
        return self.fleet.plan.certificates.authority.read_bytes()

    @property
    def env(self) -> str:
        return self.fleet.plan.profile

    def target(self, name: str) -> str:
        """The gRPC target of a service (or the listen address of any process)."""
        return self.fleet.plan.places[name].listen

    def metrics(self, name: str) -> str:
        """The URL of a process's metrics."""
        return f"http://{self.fleet.plan.places[name].metrics}/metrics"

    def log(self, name: str) -> str:
        return self.fleet.plan.home.log(name).read_text(errors="replace")

    def operator_secret(self) -> str:
        """What the service named `operator` shows to get a token from member."""
        return service_secret(self.fleet.plan.home, "operator")

    def database(self, service: str) -> Address:
        """The service's own database, for checkers: connect as the owner, read only."""
        return address(self.servers, service, f"omo_{service}")

    def proxy(self, caller: str, callee: str) -> ChaosProxy:
        """The proxy on an edge that the fleet was started with."""
        return self.proxies[caller, callee]

    async def kill(self, name: str) -> None:
        """SIGKILL, no restart."""
        self._mine()
        await self.fleet.kill(name)

    async def stop(self, name: str) -> None:
        """SIGTERM and its drain, no restart."""
        self._mine()
        await self.fleet.children[name].stop(patience=40)

    async def restart(self, name: str, faults: str = "") -> None:
        """Starts a process again at its old address; `faults` arms its fault points."""
        self._mine()
        await self.fleet.restart(name, faults)

    async def kill_postgres(self) -> None:
        self._mine()
        await self.servers.postgres.kill()

    async def start_postgres(self) -> None:
        self._mine()
        await self.servers.postgres.start()

    async def stop_nats(self) -> None:
        self._mine()
        await self.servers.nats.stop()

    async def kill_nats(self) -> None:
        self._mine()
        await self.servers.nats.kill()

    async def start_nats(self) -> None:
        self._mine()
        await self.servers.nats.start()

    async def stop_valkey(self) -> None:
        self._mine()
        await self.servers.valkey.stop()

    async def start_valkey(self) -> None:
        self._mine()
        await self.servers.valkey.start()

    async def advance(self, step: str) -> Backlog:
        """Moves business time forward ("1d", "36h") and returns when all that fell due is done."""
        await self.clock.advance(clocks.span(step))
        return await self.quiesce()

    async def quiesce(self, patience: float = 60.0) -> Backlog:
        """Heals the network and waits until nothing is on its way; raises with what is left after `patience`."""
        for proxy in self.proxies.values():
            proxy.heal()
        watch = await Watch.open(self.fleet.plan.backing, self._services(), self.clock)
        try:
            return await watch.wait(patience)
        finally:
            await watch.close()

    async def hearers(self) -> dict[str, dict[str, list[str]]]:
        """Who hears what, as the broker knows it: consumer, publisher, event names."""
        watch = await Watch.open(self.fleet.plan.backing, [], self.clock)
        try:
            return await watch.hearers()
        finally:
            await watch.close()

    async def close(self) -> None:
        """Stops the fleet, and its servers if they are its own."""
        await self.fleet.stop()
        await self.clock.close()
        for proxy in self.proxies.values():
            await proxy.stop()

    def _services(self) -> list[str]:
        return [entry.name for entry in self.fleet.roster if entry.kind is Kind.SERVICE]

    def _mine(self) -> None:
        if not self.dedicated:
            raise NotYours("this fleet is shared by the whole run: take `own_fleet` for faults")


def home(name: str) -> Home:
    """The home of this worker's dedicated fleet of that name."""
    return Home.open(run.root() / f"fleet-{run.worker()}-{name}", run.binaries())


async def dedicated(
    name: str,
    *,
    roster: tuple[Entry, ...] = ROSTER,
    proxied: Sequence[Edge] = (),
    extra: Mapping[str, str] | None = None,
) -> TestFleet:
    """A fleet with servers of its own (Postgres syncs), which a test may harm.

    `proxied` edges are (process, service) or (process, "postgres" | "nats" | "valkey").
    """
    own = home(name)
    servers = Servers.lay_out(own, Ports.free())
    return await _start(own, servers, owned=True, roster=roster, proxied=proxied, extra=extra)


async def shared(servers: Servers) -> TestFleet:
    """The run's one fleet on the shared servers; the first caller of the run starts it."""
    one = Home.open(run.root() / "fleet", run.binaries())
    with run.locked("fleet"):
        noted = one.noted("places")
        if isinstance(noted, dict):
            return _joined(one, servers, {name: Place(**place) for name, place in noted.items()})
        started = await _start(_same_secrets(one, servers), servers, owned=False, roster=(*_LISTENERS, *ROSTER))
        places = started.fleet.plan.places
        one.note("places", {name: {"listen": place.listen, "metrics": place.metrics} for name, place in places.items()})
        return started


def _same_secrets(home: Home, servers: Servers) -> Home:
    """The fleet's processes log in at the servers with the secrets that those were made with."""
    secret = home.root / "secret"
    if not secret.is_symlink():
        secret.rmdir()
        secret.symlink_to(servers.home.root / "secret")
    return home


def _joined(home: Home, servers: Servers, places: Mapping[str, Place]) -> TestFleet:
    """A fleet that another worker started: to talk to, not to stop."""
    plan = fleets.plan(home, Embedded(servers, owned=False), "test", places)
    return TestFleet(Fleet(plan), servers, clocks.open_clock(servers.valkey.url("operator")), dedicated=False)


async def _start(
    home: Home,
    servers: Servers,
    *,
    owned: bool,
    roster: tuple[Entry, ...] = ROSTER,
    proxied: Sequence[Edge] = (),
    extra: Mapping[str, str] | None = None,
) -> TestFleet:
    places = fleets.places(roster, free=True)
    proxies = {edge: ChaosProxy(_place(edge[1], servers, places)) for edge in proxied}
    detours = {edge: await proxy.start() for edge, proxy in proxies.items()}
    plan = fleets.plan(home, Embedded(servers, owned=owned), "test", places, detours=detours, extra=extra)
    fleet = Fleet(plan, roster)
    await fleet.start()
    return TestFleet(fleet, servers, clocks.open_clock(servers.valkey.url("operator")), owned, proxies)


def _place(callee: str, servers: Servers, places: Mapping[str, Place]) -> str:
    """Where the proxied end of an edge really is."""
    if callee in places:
        return places[callee].listen
    ports = {"postgres": servers.postgres.port, "nats": urlsplit(servers.nats.url).port, "valkey": servers.valkey.port}
    return f"127.0.0.1:{ports[callee]}"
