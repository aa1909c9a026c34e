"""Gives back, again and again, what carts held beyond their time."""

import asyncio
from contextlib import suppress

import asyncpg

from kit.errors import Fault
from kit.telemetry import logs
from services.inventory.stock.holds import Holds

_PAUSE = 0.5
_TROUBLE = (Fault, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_log = logs.get(__name__)


class Sweep:
    """Nobody waits for it: expired holds count for nothing from the moment that they expire."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Sweeps until `stop`."""
        while not self._stopping.is_set():
            try:
                while await self._holds.sweep() and not self._stopping.is_set():
                    pass
            except _TROUBLE as error:
                _log.warning("sweep waits", error=f"{type(error).__name__}: {error}")
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()
