"""Tells the shop what happened, signed, again and again until it says that it heard."""

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress

import aiohttp

from kit.telemetry import logs
from simulators.payment.store import Book, Notice

_SIGNATURE = "omo-signature"
_SOONEST, _LATEST = 0.1, 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
_log = logs.get(__name__)


class Teller:
    """One loop over what is untold."""

    def __init__(self, book: Book, url: str, secret: str) -> None:
        self._book = book
        self._url = url
        self._secret = secret
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
        body = json.dumps(
            {
                "notification_id": notice.notice_id,
                "key": notice.key,
                "kind": notice.kind,
                "amount": notice.amount,
                "reference": notice.reference,
                "code": notice.code,
            }
        ).encode()
        headers = {"content-type": "application/json", _SIGNATURE: sign(body, self._secret, int(time.time()))}
        try:
            async with session.post(self._url, data=body, headers=headers) as reply:
                if reply.status < 300:
                    self._book.told(notice.notice_id)
                    return True
                _log.warning("not heard", status=reply.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("not heard", error=f"{type(error).__name__}: {error}")
        return False


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The signature header's value: HMAC-SHA256 over `{timestamp}.{body}`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={mac}"
