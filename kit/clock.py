"""Business time; in test and demo it can be moved forward for the whole fleet."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

Clock = Callable[[], datetime]

KEY = "omo:clock"
MOVABLE = ("test", "demo")
_REFRESH = 0.1


def system_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


async def open_clock(env: str, valkey: Any) -> Clock:
    """The clock of a process: the machine's, and in test and demo shifted by the fleet's offset.

    Anywhere else the key is not even looked at: nobody moves the time of a
    real shop by writing to its cache.
    """
    if env not in MOVABLE or valkey is None:
        return system_clock
    clock = ShiftedClock(valkey)
    await clock.refresh()
    clock.follow()
    return clock


class ShiftedClock:
    """The machine's time plus the offset in Valkey; it never runs backwards."""

    def __init__(self, valkey: Any) -> None:
        self._valkey = valkey
        self._offset = timedelta()
        self._follower: asyncio.Task[None] | None = None

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    async def refresh(self) -> None:
        """Reads the offset; keeps the old one while Valkey is away."""
        try:
            async with asyncio.timeout(1.0):
                value = await self._valkey.get(KEY)
            offset = timedelta(seconds=float(value or 0))
        except (RedisError, OSError, TimeoutError, ValueError, OverflowError):
            return
        self._offset = max(self._offset, offset)

    def follow(self) -> None:
        """Keeps reading the offset until the event loop ends."""
        self._follower = asyncio.get_running_loop().create_task(self._keep_reading())

    async def _keep_reading(self) -> None:
        following = asyncio.current_task()
        assert following is not None
        # the client may take our cancellation for its own timeout; unheeded, it would keep the process from ending
        while not following.cancelling():
            await asyncio.sleep(_REFRESH)
            await self.refresh()


async def advance(valkey: Any, by: timedelta) -> timedelta:
    """Moves the fleet's clock forward; returns the whole offset."""
    if by < timedelta():
        raise ValueError("the clock only moves forward")
    return timedelta(seconds=float(await valkey.incrbyfloat(KEY, by.total_seconds())))
