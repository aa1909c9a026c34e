"""The work of a process while it runs, and its end in the order that loses nothing."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from kit.process.readiness import Readiness
from kit.telemetry import logs

if TYPE_CHECKING:
    from kit.outbox import Relay
    from kit.postgres import Database

# with what the fronts may take, within the 45 s that the platform waits before it kills
_LOOPS_END_WITHIN = 10.0

_log = logs.get(__name__)


class Front(Protocol):
    """What takes calls from outside: the gRPC server, or the gateway's HTTP server."""

    async def start(self) -> str:
        """Begins to take calls and returns the bound address."""

    async def ready(self, able: bool) -> None:
        """Hears whether the process can do its work."""

    async def stop(self) -> None:
        """Takes no more calls and finishes those that run."""


class Loop(Protocol):
    """What works by itself: a consumer, the timers."""

    async def run(self) -> None:
        """Works until `stop`."""

    def stop(self) -> None:
        """Asks `run` to end after what is in hand."""


class Crashed(Exception):
    """The process cannot go on; a new one can."""


class Running:
    """Fronts, loops and the relay of one process."""

    def __init__(self) -> None:
        self.fronts: list[Front] = []
        self.loops: list[Loop] = []
        self.cleanups: list[Callable[[], Awaitable[Any]]] = []
        self.relay: Relay | None = None
        self.readiness = Readiness()
        self._stopping = asyncio.Event()
        self._crash: str | None = None

    def stop(self, crash: str | None = None) -> None:
        """Begins the ordered stop; with a reason it ends as a crash."""
        if not self._stopping.is_set():
            self._crash = crash
        self._stopping.set()

    async def run(self, db: "Database | None", announce: Callable[[str], None]) -> None:
        """Works until a signal or `stop`; a loop that fails ends the others in order, then the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)
        async with asyncio.TaskGroup() as group:
            if self.relay is not None:
                group.create_task(self.relay.run())
            working = [group.create_task(loop.run()) for loop in self.loops]
            try:
                _settle()
                addresses = [await front.start() for front in self.fronts]
                tell = [front.ready for front in self.fronts]
                group.create_task(self.readiness.watch(db, tell, self._stopping))
                announce(addresses[0] if addresses else "")
                await self._stopping.wait()
            finally:
                self._stopping.set()
                await self._end(working)
        if self._crash:
            raise Crashed(self._crash)

    async def _end(self, working: Sequence[asyncio.Task[None]]) -> None:
        """Calls, reactions, what both left running, then the events: each may still cause something of the next."""
        for front in self.fronts:
            await _tried(front.stop())
        for loop in self.loops:
            loop.stop()
        if working:
            _, late = await asyncio.wait(working, timeout=_LOOPS_END_WITHIN)
            for task in late:
                task.cancel()
        for cleanup in self.cleanups:
            await _tried(cleanup())
        if self.relay is not None:
            await _tried(self.relay.drain())

    def _signalled(self, number: int) -> None:
        _log.info("stopping", signal=signal.Signals(number).name)
        self.stop()


def _settle() -> None:
    """What is loaded now stays to the end: the collector need not look through it, with every call waiting, again."""
    gc.collect()
    gc.freeze()


async def _tried(step: Awaitable[Any]) -> None:
    try:
        await step
    except Exception:  # the rest must still end, in its order
        _log.exception("not ended cleanly")
