"""Notifications to browsers and installed web apps: encrypted for the device, signed as the brand's (VAPID)."""

import base64
import binascii
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from services.member.channels import answers, contract, endpoints
from services.member.channels.contract import Kind, Letter, Refused, Sent

_SECONDS = 5.0
# how long a push service keeps it for a device that is off, and how long the signature holds
_KEPT = 24 * 3600
_SIGNED = 12 * 3600
# 4096 bytes encrypted, less what the encryption adds
_LONGEST = 3992


class PushChannel:
    """One POST to the subscription's endpoint.

    `Topic` replaces a copy that still waits at the push service, and the notification's `tag`, the message id,
    replaces one that the device shows: a letter handed over twice is seen once.
    """

    kind = Kind.PUSH.value
    recognises_retries = True

    def __init__(self, private_key: str, subject: str, hosts: Sequence[str], seconds: float = _SECONDS) -> None:
        self._vapid = Vapid02.from_string(private_key)
        self._subject = subject
        self._hosts = hosts
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, letter: Letter) -> Sent:
        """Encrypts and posts."""
        subscription = _subscription(letter.address)
        endpoint = str(subscription["endpoint"])
        if not endpoints.allowed(endpoint, self._hosts):
            raise Refused(contract.SUBSCRIPTION_ENDED, permanent=True)
        body = _encrypted(subscription, _notification(letter))
        headers = {**self._signed(endpoint), **_headers(letter)}
        async with (
            answers.told(),
            self._open().post(
                endpoint, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as reply,
        ):
            if reply.status < 300:
                return Sent(reply.headers.get("location", "")[:500])
            if reply.status in (404, 410):
                raise Refused(contract.SUBSCRIPTION_ENDED, permanent=True)
            if reply.status == 400:
                raise Refused(contract.MISCONFIGURED, permanent=False)
            raise answers.refusal(reply.status, reply.headers)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _signed(self, endpoint: str) -> dict[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "sub": self._subject,
            "exp": int(time.time()) + _SIGNED,
        }
        signed: dict[str, str] = self._vapid.sign(claims)
        return signed

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def public_key(private_key: str) -> str:
    """What browsers subscribe with: the uncompressed point, base64url without padding."""
    numbers = Vapid02.from_string(private_key).public_key.public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def well_formed(subscription: Mapping[str, Any]) -> bool:
    """Whether something can be encrypted for this subscription."""
    try:
        _encrypted(subscription, b"{}")
    except Refused:
        return False
    return True


def _subscription(address: str) -> dict[str, Any]:
    try:
        subscription = json.loads(address)
        _ = subscription["endpoint"], subscription["keys"]["p256dh"], subscription["keys"]["auth"]
    except (ValueError, KeyError, TypeError):
        raise Refused(contract.UNKNOWN_ADDRESS, permanent=True) from None
    found: dict[str, Any] = subscription
    return found


def _encrypted(subscription: Mapping[str, Any], text: bytes) -> bytes:
    if len(text) > _LONGEST:
        raise Refused(contract.UNSUITABLE, permanent=True)
    try:
        body: bytes = WebPusher(subscription).encode(text, content_encoding="aes128gcm")["body"]
    except (WebPushException, ValueError, KeyError, TypeError, binascii.Error):
        # keys that no browser made
        raise Refused(contract.UNKNOWN_ADDRESS, permanent=True) from None
    return body


def _notification(letter: Letter) -> bytes:
    shown = {"tag": letter.message_id, "title": letter.subject, "body": letter.text}
    if letter.link_token:
        shown["link_token"] = letter.link_token
    return json.dumps(shown, ensure_ascii=False).encode()


def _headers(letter: Letter) -> dict[str, str]:
    topic = base64.urlsafe_b64encode(uuid.UUID(letter.message_id).bytes).rstrip(b"=").decode()
    return {
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(_KEPT),
        "topic": topic,
        "urgency": "normal",
    }
