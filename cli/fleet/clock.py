"""The fleet's business clock: an offset in Valkey that only ever grows."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from cli.stack.trouble import Trouble

KEY = "omo:clock"  # seconds; kit.clock reads it when the environment is test or demo
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile(r"(\d+)([dhms])")


def span(text: str) -> timedelta:
    """`1d`, `36h`, `1d12h30m`: forward only, so there is no sign."""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Trouble(f"{text!r} is no time span", "say it like 1d, 36h or 1d12h30m; the clock goes forward only")
    return timedelta(**_summed(parts))


def _summed(parts: list[tuple[str, str]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for number, unit in parts:
        total[_UNITS[unit]] = total.get(_UNITS[unit], 0) + int(number)
    return total


@dataclass(frozen=True, slots=True)
class Clock:
    """What time the whole fleet believes it is."""

    client: Redis

    async def offset(self) -> timedelta:
        return timedelta(seconds=float(await self.client.get(KEY) or 0))

    async def now(self) -> datetime:
        return datetime.now(UTC) + await self.offset()

    async def advance(self, step: timedelta) -> None:
        """Adds to the offset, for every process at once."""
        await self.client.incrby(KEY, int(step.total_seconds()))

    async def close(self) -> None:
        await self.client.aclose()


def open_clock(valkey_url: str) -> Clock:
    """The clock of the fleet that uses this Valkey."""
    return Clock(Redis.from_url(valkey_url, decode_responses=True, socket_timeout=30))
