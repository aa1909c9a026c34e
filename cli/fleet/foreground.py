"""A fleet in this terminal: up, watched, until Ctrl-C or `omoctl down`."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from cli.fleet import fleet as fleets
from cli.fleet import running
from cli.fleet.backing import Backing, Embedded, External
from cli.fleet.fleet import Fleet
from cli.fleet.roster import ROSTER, STAND_INS, Entry
from cli.fleet.running import Running
from cli.stack.child import Child
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers, stop_leftovers
from cli.stack.trouble import Trouble

_UNSAFE = 78  # the process refused its settings: starting it again changes nothing
_RESTARTS = 5
_WATCH_SECONDS = 0.5

Work = Callable[[Fleet, Running], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    profile: str = "demo"
    external: bool = False
    free_ports: bool = False
    # OMO_ variables that every process gets, such as ("CURRENCY", "USD")
    settings: tuple[tuple[str, str], ...] = ()


async def run(
    home: Home,
    wishes: Wishes,
    say: Callable[[str], None],
    work: Work | None = None,
    roster: tuple[Entry, ...] = (*STAND_INS, *ROSTER),
) -> None:
    """Starts the fleet, does `work` with it (the demo's story), stays until asked to stop, stops in order."""
    own_pid = running.become_supervisor(home)
    stop = _stop_event()
    fleet: Fleet | None = None
    try:
        for name in await stop_leftovers(home):
            say(f"stopped {name}, which an earlier run left behind")
        ports = Ports.free() if wishes.free_ports else Ports()
        fleet = _fleet(home, wishes, ports, say, roster)
        if await _unless_stopped(stop, fleet.start()):
            return
        found = running.note(home, fleet.plan, ports, external=wishes.external)
        announce(found, say)
        if work is not None and await _unless_stopped(stop, work(fleet, found)):
            return
        say("up; Ctrl-C stops everything")
        await _watch(fleet, stop, say)
    finally:
        running.forget(home)
        if fleet is not None:
            await fleet.stop()
        own_pid.unlink(missing_ok=True)
    say("stopped")


def announce(found: Running, say: Callable[[str], None]) -> None:
    """Where to look first."""
    if "gateway" in found.processes:
        say(f"  API and its documentation   {found.gateway_url}/docs")
    if "storelink" in found.processes:
        say(f"  store door (gRPC, TLS)      {found.door}   CA {found.certificate_authority}")
    if "messaging" in found.processes:
        say(f"  what members were sent      http://{found.processes['messaging']}/messages")
    for name, address in found.metrics.items():
        say(f"  metrics of {name:<16} http://{address}/metrics")


def backing(home: Home, ports: Ports, *, external: bool) -> Backing:
    """The servers that the wishes, or the note of a running fleet, name."""
    return External.named(home) if external else Embedded(Servers.lay_out(home, ports))


def _fleet(home: Home, wishes: Wishes, ports: Ports, say: Callable[[str], None], roster: tuple[Entry, ...]) -> Fleet:
    if not wishes.free_ports and not wishes.external:
        ports.require()
    where = fleets.places(roster, free=wishes.free_ports)
    servers = backing(home, ports, external=wishes.external)
    return Fleet(fleets.plan(home, servers, wishes.profile, where, extra=dict(wishes.settings)), roster, say)


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _unless_stopped(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Does the work; True if Ctrl-C came first, and the work was given up."""
    doing = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not doing.done():
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing
        return True
    doing.result()
    return False


async def _watch(fleet: Fleet, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Restarts what crashes, a few times; gives up on what cannot start.

    Each by itself: a service that waits for Postgres must not keep us from
    seeing that Postgres is gone too.
    """
    rising = _Rising(fleet, say)
    try:
        while not stop.is_set():
            rising.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await stop.wait()
    finally:
        await rising.leave()


class _Rising:
    """What is being started again, and how often each has fallen."""

    def __init__(self, fleet: Fleet, say: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._say = say
        self._falls: Counter[str] = Counter()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def look(self) -> None:
        """Begins with what fell since; raises Trouble for what will not rise."""
        for name in [name for name, task in self._tasks.items() if task.done()]:
            self._tasks.pop(name).result()
        for child in [child for child in self._fleet.ended() if child.name not in self._tasks]:
            self._falls[child.name] += 1
            again = _raise_again(self._fleet, child, self._falls[child.name], self._say)
            self._tasks[child.name] = asyncio.create_task(again)

    async def leave(self) -> None:
        """Starts nothing more."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def _raise_again(fleet: Fleet, child: Child, fall: int, say: Callable[[str], None]) -> None:
    ended = child.end()
    if child.exit_code == _UNSAFE or fall > _RESTARTS:
        raise Trouble(ended, f"read {child.log}")
    say(f"{ended}; starting it again ({fall} of {_RESTARTS}), its log is {child.log}")
    await fleet.restart(child.name)
