"""Ends what nobody comes back to: carts of nobody, carts that are over, codes, claims."""

from datetime import timedelta

from kit import timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.order.cart import store
from services.order.cart.usecases_reach import Reach
from services.order.checkout import domain_limits, store_limits

SWEEP = "carts.sweep"
_EVERY = timedelta(minutes=10)
_PIECE, _PIECES = 500, 40


class Sweeping:
    """A durable timer that goes on for ever."""

    def __init__(self, clock: Clock, idle: timedelta) -> None:
        self._clock = clock
        self._idle = idle
        self._reach = Reach(clock)

    async def begin(self, tx: Tx) -> None:
        """Sees to it that there is one."""
        await timers.schedule(tx, SWEEP, SWEEP, self._clock() + _EVERY)

    async def sweep(self, tx: Tx, due: Due) -> None:
        """In pieces; what is too much for once is left to the next time."""
        now = self._clock()
        for cart in await store.locked(tx, await store.unsettled(tx, _PIECE)):
            await self._reach.settled(tx, cart)
        for _ in range(_PIECES):
            if await store.sweep(tx, now - self._idle, _PIECE) < _PIECE:
                break
        await store.sweep_codes(tx, now)
        await store_limits.sweep(tx, domain_limits.CLAIMED * 2)
        await timers.schedule(tx, SWEEP, due.key, now + _EVERY)
