"""Forgets whose the orders of guests were whom nobody turned out to be."""

from datetime import timedelta

from kit import timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.order.guests import domain, store_forgetting

FORGET = "guests.forget"
_AT_ONCE = 200
_DAILY = timedelta(days=1)


class GuestForgetting:
    """What a member's erasure does to his orders, time does to a guest's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def begin(self, tx: Tx) -> None:
        """Looks once at each start, then daily."""
        await timers.schedule(tx, FORGET, FORGET, self._clock())

    async def sweep(self, tx: Tx, due: Due) -> None:
        """Another bite at once while there are more."""
        now = self._clock()
        more = await store_forgetting.forget(tx, now - domain.FORGOTTEN_AFTER, _AT_ONCE) == _AT_ONCE
        await timers.schedule(tx, FORGET, due.key, now if more else now + _DAILY)
