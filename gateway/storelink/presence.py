"""Which replica holds a terminal's session: in Valkey, where the last one to write is right."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.exceptions import RedisError

from kit.telemetry import logs

_PREFIX = "omo:door:"
_LIVES = 120
_TIMEOUT = 1.0

_log = logs.get(__name__)


class Presence:
    """Remembers sessions for the other replicas; without Valkey only those of one process end each other."""

    def __init__(self, valkey: Any) -> None:
        self._valkey = valkey

    async def enter(self, terminal_id: str, session_id: str) -> None:
        """Says that this session is the terminal's one."""
        await self._tried(lambda: self._valkey.set(_PREFIX + terminal_id, session_id, ex=_LIVES))

    async def elsewhere(self, here: Mapping[str, str]) -> list[str]:
        """Of the terminals here (with their session ids) those that have opened a session elsewhere since."""
        if not here:
            return []
        found = await self._tried(lambda: self._valkey.mget([_PREFIX + name for name in here]))
        if found is None:
            return []
        gone = []
        for (terminal_id, session_id), held in zip(here.items(), found, strict=True):
            if held is not None and _text(held) != session_id:
                gone.append(terminal_id)
            else:
                await self._stay(terminal_id, session_id, known=held is not None)
        return gone

    async def _stay(self, terminal_id: str, session_id: str, *, known: bool) -> None:
        key = _PREFIX + terminal_id
        if known:
            await self._tried(lambda: self._valkey.expire(key, _LIVES))
        else:  # forgotten by a restart: ours unless somebody else was faster
            await self._tried(lambda: self._valkey.set(key, session_id, ex=_LIVES, nx=True))

    async def _tried(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await ask()
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("presence is not known", error=type(error).__name__)
            return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
