"""Gives back, again and again, what carts held beyond their time; forgets what ended long ago."""

import asyncio
import time
from contextlib import suppress

import asyncpg

from kit.errors import Fault
from kit.telemetry import logs
from services.inventory.stock.holds import Holds

_PAUSE = 0.5
_FORGET_PAUSE = 60.0
_TROUBLE = (Fault, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_log = logs.get(__name__)


class Sweep:
    """Nobody waits for it: expired holds count for nothing from the moment that they expire."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._stopping = asyncio.Event()
        self._forget_next = 0.0

    async def run(self) -> None:
        """Sweeps until `stop`."""
        while not self._stopping.is_set():
            try:
                while await self._holds.sweep() and not self._stopping.is_set():
                    pass
                await self._forget()
            except _TROUBLE as error:
                _log.warning("sweep waits", error=f"{type(error).__name__}: {error}")
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await self._stopping.wait()

    async def _forget(self) -> None:
        """A slice a round, so that nobody waits for long; once nothing is left, a minute's rest."""
        if time.monotonic() >= self._forget_next and not await self._holds.forget():
            self._forget_next = time.monotonic() + _FORGET_PAUSE

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()
