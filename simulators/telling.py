"""Tells the shop what a provider has to tell, signed, again and again until it says that it heard."""

import asyncio
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import aiohttp

from kit.telemetry import logs

_SOONEST, _LATEST = 0.1, 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
_log = logs.get(__name__)


class Known(Protocol):
    """Something to tell, by its id."""

    @property
    def notice_id(self) -> str: ...


N = TypeVar("N", bound=Known)
N_co = TypeVar("N_co", bound=Known, covariant=True)


class Untold(Protocol[N_co]):
    """Where a provider keeps what it has to tell."""

    def untold(self) -> Sequence[N_co]: ...

    def told(self, notice_id: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One telling: where to, what, and its signature."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Teller(ABC, Generic[N]):
    """One loop over what is untold; nothing is told while there is no `url`."""

    def __init__(self, book: Untold[N], url: str) -> None:
        self._book = book
        self._url = url.rstrip("/")
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()

    @abstractmethod
    def letter(self, notice: N) -> Letter:
        """How this provider says it."""

    def wake(self) -> None:
        """There is something to tell."""
        self._news.set()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Tells until `stop`."""
        pause = _SOONEST
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while not self._stopping.is_set():
                self._news.clear()
                notices = self._book.untold() if self._url else []
                heard = [await self._tell(session, notice) for notice in notices]
                if all(heard):
                    pause = _SOONEST
                    await self._news.wait()
                else:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._stopping.wait()
                    pause = min(pause * 2, _LATEST)

    async def _tell(self, session: aiohttp.ClientSession, notice: N) -> bool:
        letter = self.letter(notice)
        headers = {"content-type": "application/json", **letter.headers}
        try:
            async with session.post(letter.url, data=letter.body, headers=headers) as reply:
                if reply.status < 300:
                    self._book.told(notice.notice_id)
                    return True
                _log.warning("not heard", status=reply.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("not heard", error=f"{type(error).__name__}: {error}")
        return False


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The value of `omo-signature`: HMAC-SHA256 over `{timestamp}.{body}`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={mac}"
