"""Posts JSON to a messaging provider's adapter, signed with the time, so that login codes and messages go one way."""

import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from services.member.channels import answers, contract
from services.member.channels.contract import Refused

HEADER = "omo-signature"
TOLERANCE_SECONDS = 300
_ANSWER = 16 * 1024
_WORDS = {contract.BLOCKED, contract.UNKNOWN_ADDRESS}


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The header's value: HMAC-SHA256 over `{timestamp}.{body}`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={mac}"


def verifies(body: bytes, header: str, secret: str, now: float) -> bool:
    """Whether the holder of the secret signed these bytes, and not long ago."""
    given = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
    stamp = given.get("t", "")
    if not secret or not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
        return False
    wanted = sign(body, secret, int(stamp)).partition("v1=")[2]
    return hmac.compare_digest(wanted.encode(), given.get("v1", "").encode()) and (
        abs(int(stamp) - now) <= TOLERANCE_SECONDS
    )


class Hook:
    """One adapter. No redirects and no proxies: what is private goes where it was configured to go."""

    def __init__(self, url: str, secret: str, seconds: float) -> None:
        self._url = url
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, document: Mapping[str, object]) -> Mapping[str, Any]:
        """The adapter's answer; raises Refused or Unknown.

        2xx means taken. 422 with {"code": "blocked" | "unknown_address"} means that the address refuses us.
        """
        body = json.dumps(document, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", HEADER: sign(body, self._secret, int(time.time()))}
        async with (
            answers.told(),
            self._open().post(
                self._url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as reply,
        ):
            said = _document(await reply.content.read(_ANSWER))
            if reply.status < 300:
                return said
            if reply.status == 422 and said.get("code") in _WORDS:
                raise Refused(str(said["code"]), permanent=True)
            raise answers.refusal(reply.status, reply.headers)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
