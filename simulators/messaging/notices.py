"""Tells the shop what people write and what became of messages: signed as LINE signs, or as an adapter does."""

import asyncio
import base64
import hmac
import time
from collections.abc import Mapping
from contextlib import suppress

import aiohttp

from kit.telemetry import logs
from simulators.messaging.store import Book, Notice

_SOONEST, _LATEST = 0.1, 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
_log = logs.get(__name__)


class Teller:
    """One loop over what is untold, again and again until it is heard."""

    def __init__(self, book: Book, url: str, line_secret: str, sms_secret: str) -> None:
        self._book = book
        self._url = url.rstrip("/")
        self._line_secret = line_secret
        self._sms_secret = sms_secret
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()

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

    async def _tell(self, session: aiohttp.ClientSession, notice: Notice) -> bool:
        headers = {"content-type": "application/json", **self._signed(notice)}
        try:
            async with session.post(f"{self._url}/{notice.provider}", data=notice.body, headers=headers) as reply:
                if reply.status < 300:
                    self._book.told(notice.notice_id)
                    return True
                _log.warning("not heard", status=reply.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("not heard", error=f"{type(error).__name__}: {error}")
        return False

    def _signed(self, notice: Notice) -> Mapping[str, str]:
        if notice.provider == "line":
            mac = hmac.digest(self._line_secret.encode(), notice.body, "sha256")
            return {"x-line-signature": base64.b64encode(mac).decode()}
        return {"omo-signature": sign(notice.body, self._sms_secret, int(time.time()))}


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """An adapter's signature: HMAC-SHA256 over `{timestamp}.{body}`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={mac}"
