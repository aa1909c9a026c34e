"""LINE Pay's Online API v3 on the wire: who asks is proven by a signature over each call."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from kit.ids import uuid7
from services.order.payments.domain import ProviderAway

OK = "0000"
UNDER_WAY = frozenset({"1145", "1198"})
# ours to mend: nothing was done
MISSET = frozenset({"1104", "1105", "1106"})
# theirs: nobody knows
BROKEN = frozenset({"1199", "9000"})
TROUBLE = MISSET | BROKEN

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
# counted whole by LINE Pay; all others with two decimals
_WHOLE = frozenset({"TWD", "JPY"})


class Client:
    """One merchant's channel."""

    def __init__(self, channel_id: str, secret: str, url: str, currency: str) -> None:
        self._channel_id = channel_id
        self._secret = secret
        self._url = url.rstrip("/")
        self._currency = currency
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def amount(self, minor: int) -> int | float:
        """As LINE Pay counts it."""
        return minor if self._currency in _WHOLE else minor / 100

    def minor(self, amount: float) -> int:
        """As we count it."""
        return round(amount if self._currency in _WHOLE else amount * 100)

    async def details(self, transaction: str, timeout: float) -> Mapping[str, Any]:
        """What LINE Pay says of a payment, with what was given back of it."""
        said = await self.get("/v3/payments", f"transactionId={transaction}", timeout)
        if said["returnCode"] != OK:
            raise ProviderAway(f"the payment provider said {said['returnCode']}", status=said["returnCode"])
        found: Mapping[str, Any] = said["info"][0]
        return found

    async def get(self, path: str, query: str, timeout: float) -> Mapping[str, Any]:
        return await self._call("GET", path, query, query.encode(), timeout)

    async def post(self, path: str, body: Mapping[str, Any], timeout: float) -> Mapping[str, Any]:
        return await self._call("POST", path, "", _encode(body), timeout)

    async def _call(self, method: str, path: str, query: str, signed: bytes, timeout: float) -> Mapping[str, Any]:
        nonce = uuid7()
        headers = {
            "content-type": "application/json",
            "x-line-channelid": self._channel_id,
            "x-line-authorization-nonce": nonce,
            "x-line-authorization": signature(self._secret, path, signed, nonce),
        }
        session = self._session or self._open()
        try:
            async with session.request(
                method,
                f"{self._url}{path}?{query}" if query else self._url + path,
                data=signed if method == "POST" else None,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as reply:
                if reply.status != 200:
                    raise ProviderAway(f"the payment provider answered {reply.status}", status=reply.status)
                answer: Mapping[str, Any] = _decode(await reply.read())
                return answer
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise ProviderAway(f"no answer from the payment provider: {type(error).__name__}") from error

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def signature(secret: str, path: str, signed: bytes, nonce: str) -> str:
    """What LINE Pay knows us by: over the path, the query or the body, and a word that is used once."""
    mac = hmac.new(secret.encode(), (secret + path).encode() + signed + nonce.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()
