"""Keeps a session with the store door: opens one, and after its end another, without haste."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink.door import Door
from omo_storelink.ending import SessionOver
from omo_storelink.hears import Hears
from omo_storelink.lanes import Facts
from omo_storelink.session import Session

_log = logging.getLogger(__name__)

_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)

Cursors = Callable[[], list[pb.ReferenceCursor]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Full jitter between these: after an outage a thousand tills must not come back in the same second."""

    shortest: float = 1.0
    longest: float = 60.0

    def pause(self, failures: int) -> float:
        """How long to wait after so many sessions that brought nothing."""
        return random.uniform(0, min(self.longest, self.shortest * 2 ** min(failures, 16)))


class Link:
    """Runs sessions one after the other until it is cancelled."""

    def __init__(
        self,
        door: Door,
        journal: Facts,
        hears: Hears,
        *,
        app_version: str = "",
        cursors: Cursors = list,
        facts_only: bool = False,
        pace: Pace | None = None,
    ) -> None:
        self._door = door
        self._journal = journal
        self._hears = hears
        self._app_version = app_version
        self._cursors = cursors
        self._facts_only = facts_only
        self._pace = pace or Pace()
        self._session: Session | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.sessions = 0
        # set whenever the server has more than before
        self.changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the door has welcomed us and the session lives."""
        return self._session is not None and self._session.welcomed

    def wake(self, *, corrected: bool = False) -> None:
        """Something was recorded or corrected; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, corrected)

    async def run(self) -> None:
        """Never returns; cancel it to stop."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        while True:
            over, progressed = await self._one()
            await self._hears.over(over)
            failures = 0 if progressed else failures + 1
            pause = self._pace.pause(failures)
            if over.again_after is not None:
                pause = random.uniform(0.5, 1.0) * over.again_after
            _log.info("session over: %s; again in %.1f s", over.why, pause)
            await asyncio.sleep(pause)

    async def _one(self) -> tuple[SessionOver, bool]:
        call, session = None, None
        try:
            call = await self._door.session()
            self.sessions += 1
            session = self._session = Session(call, self._journal, self._hears, self.changed)
            await session.run(self._app_version, self._cursors(), facts_only=self._facts_only)
        except SessionOver as over:
            if over.refused:
                self._door.forget_token()
            return over, session is not None and session.uplink.progressed
        except grpc.aio.AioRpcError as error:
            refused = error.code() in _REFUSED
            if refused:
                self._door.forget_token()
            return SessionOver(f"{error.code().name} {error.details()}", refused=refused), False
        except Exception as error:  # of a callback or of the disk: the till must not stop sending for good
            _log.exception("session failed")
            return SessionOver(f"{type(error).__name__}: {error}"), False
        finally:
            self._session = None
            if call is not None:
                call.cancel()
        raise AssertionError("a session ends by SessionOver")

    def _wake(self, corrected: bool) -> None:
        if self._session is None:
            return
        if corrected:
            self._session.uplink.corrected()
        self._session.uplink.wake.set()
