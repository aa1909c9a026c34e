"""Work that a process finds by itself, look after look."""

import asyncio
from contextlib import suppress
from typing import Protocol

from kit.postgres import TROUBLE
from kit.telemetry import logs

_log = logs.get(__name__)


class Looking(Protocol):
    """Finds its work in the database."""

    @property
    def pause(self) -> float:
        """Seconds to wait after a look that found nothing."""

    async def look(self) -> object:
        """Does some of the work; whether there may be more."""


class Rounds:
    """Looks at once again while a look found something, else after a pause; a database that is lost is waited for."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Looks until `stop`."""
        while not self._stopping.is_set():
            if not await self._found():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._looking.pause):
                        await self._stopping.wait()

    def stop(self) -> None:
        """Asks `run` to end after the look that is at work."""
        self._stopping.set()

    async def _found(self) -> bool:
        try:
            return bool(await self._looking.look())
        except TROUBLE as error:
            _log.warning("a look failed", loop=type(self._looking).__name__, error=f"{type(error).__name__}: {error}")
            return False
