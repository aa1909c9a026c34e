"""Gives back, again and again, what carts held beyond their time; forgets what ended long ago."""

import time

from services.inventory.stock.holds import Holds

_FORGET_PAUSE = 60.0


class Sweep:
    """Nobody waits for it: expired holds count for nothing from the moment that they expire."""

    pause = 0.5

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._forget_next = 0.0

    async def look(self) -> bool:
        """Ends some holds; whether there may be more."""
        if await self._holds.sweep():
            return True
        await self._forget()
        return False

    async def _forget(self) -> None:
        """A slice a look, so that nobody waits for long; once nothing is left, a minute's rest."""
        if time.monotonic() >= self._forget_next and not await self._holds.forget():
            self._forget_next = time.monotonic() + _FORGET_PAUSE
