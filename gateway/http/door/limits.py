"""Rate limits: units of work per principal and minute, counted in Valkey, and more strictly here while it is away.

Nothing of worth is guarded by it: login tries and PINs are counted where
they are checked. So a lost window costs a minute's count, never a secret.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.http import problems
from gateway.http.settings import Settings
from kit.access import Kind, Principal
from kit.errors import Code, Fault
from kit.telemetry import logs

WINDOW = 60
# a tenth of a window's units is taken from Valkey at once, so that most calls ask nobody
_SHARE = 10
# while Valkey is away each process counts alone: a fleet of four would allow as much as before
_STRICTER = 4
_ANSWER_WITHIN = 0.1
_LOOK_AGAIN = 2.0
_REMEMBERED = 50_000

# one round trip; the key's life is set with its first count
_TAKE = """
local used = redis.call('INCRBY', KEYS[1], ARGV[1])
if used == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return used
"""

_log = logs.get(__name__)


class RateLimited(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"


@dataclass(slots=True)
class _Window:
    """What one caller has in this minute: units left here, and whether more may be had."""

    number: int
    left: int = 0
    alone: int = 0
    spent: bool = False


class Limits:
    """Counts callers' work; `spend` refuses when a minute's units are used up."""

    def __init__(self, valkey: Redis | None, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._valkey = valkey
        self._now = now
        self._take = valkey.register_script(_TAKE) if valkey is not None else None
        self._windows: dict[str, _Window] = {}
        self._away_until = 0.0
        self._rates = {
            Kind.ANONYMOUS: settings.rate_anonymous,
            Kind.MEMBER: settings.rate_member,
            Kind.STAFF: settings.rate_staff,
            Kind.HQ: settings.rate_hq,
        }

    async def spend(self, principal: Principal, client: str, cost: int) -> None:
        """Takes `cost` units from the caller's minute."""
        if cost <= 0:
            return
        rate = self._rates.get(principal.kind, self._rates[Kind.ANONYMOUS])
        who = f"{principal.kind}:{principal.id or client}"
        now = self._now()
        window = self._window(who, int(now // WINDOW))
        if window.left < cost and not window.spent:
            await self._more(who, window, rate, cost)
        if window.left < cost:
            wait = WINDOW - int(now % WINDOW)
            raise RateLimited("too many calls", domain=problems.DOMAIN, limit=rate, retry_after=wait)
        window.left -= cost

    def _window(self, who: str, number: int) -> _Window:
        window = self._windows.get(who)
        if window is None or window.number != number:
            if len(self._windows) >= _REMEMBERED:
                self._windows = {key: one for key, one in self._windows.items() if one.number == number}
            if len(self._windows) >= _REMEMBERED:  # a flood of addresses in one minute
                self._windows.clear()
            window = self._windows[who] = _Window(number)
        return window

    async def _more(self, who: str, window: _Window, rate: int, cost: int) -> None:
        """Takes a share of the minute; what is asked together here is taken together."""
        share = max(cost, rate // _SHARE)
        used = await self._count(f"omo:gateway:rate:{who}:{window.number}", share)
        if used is None:
            share, rate = max(cost, rate // _SHARE // _STRICTER), max(cost, rate // _STRICTER)
            window.alone += share
            used = window.alone
        # the last share may be cut by the end of the minute's units
        granted = share - max(0, used - rate)
        if granted <= 0:
            window.spent = self._now() >= self._away_until
            return
        window.left += granted

    async def _count(self, key: str, share: int) -> int | None:
        """Units used in this minute by all processes, or None while nobody can tell."""
        if self._take is None or self._now() < self._away_until:
            return None
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return int(await self._take(keys=[key], args=[share, 2 * WINDOW]))
        except (RedisError, OSError, TimeoutError) as error:
            if self._away_until == 0.0 or self._now() - self._away_until > WINDOW:
                _log.warning("counting alone", dependency="valkey", error=f"{type(error).__name__}: {error}")
            self._away_until = self._now() + _LOOK_AGAIN
            return None
