"""The issuer's public keys, as every verifier holds them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc.jwk import OKPKey

from kit.errors import Code, Fault

KEYS_FRESH = 300.0
REFETCH_PAUSE = 30.0
_FIRST_PAUSE = 1.0

_log = logging.getLogger(__name__)

Jwks = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenInvalid(Fault):
    """Forged, expired or meant for somebody else; the caller is not told which check failed beyond that."""

    code = Code.UNAUTHENTICATED
    reason = "TOKEN_INVALID"


class KeysUnavailable(Fault):
    """The issuer's keys were never fetched, so nothing can be verified yet."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class Keys:
    """The issuer's public keys: cached five minutes, kept when the issuer is away, refetched for an unknown kid.

    A flood of made-up kids costs one fetch per 30 s, and a rotated key is
    known before its first use, because it is published a day ahead.
    """

    def __init__(self, jwks: Jwks, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._jwks = jwks
        self._monotonic = monotonic
        self._keys: dict[str, OKPKey] = {}
        self._fetched = self._tried = self._sought = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self, kid: str) -> OKPKey:
        """The key of this id; refuses a kid that the issuer does not publish."""
        if kid not in self._keys or self._monotonic() - self._fetched > KEYS_FRESH:
            await self._refresh(kid)
        if not self._keys:
            raise KeysUnavailable("the issuer's keys could not be fetched yet")
        if kid not in self._keys:
            raise TokenInvalid("the token names a key that the issuer does not publish")
        return self._keys[kid]

    async def _refresh(self, kid: str) -> None:
        async with self._lock:
            now = self._monotonic()
            unknown = kid not in self._keys
            if not unknown and now - self._fetched <= KEYS_FRESH:
                return  # somebody else fetched them while we waited
            # without any key yet, a start must not wait out the pause of a failed first try
            pause = REFETCH_PAUSE if self._keys else _FIRST_PAUSE
            if now - (self._sought if unknown and self._keys else self._tried) < pause:
                return
            self._tried = now
            if unknown and self._keys:
                self._sought = now
            try:
                document = await self._jwks()
            except Exception as error:  # whatever the source raises: the old keys live on
                _log.warning("keys not fetched: %s", error)
                return
            self._keys = _public_keys(document) or self._keys
            self._fetched = now


def _public_keys(document: Mapping[str, Any]) -> dict[str, OKPKey]:
    keys: dict[str, OKPKey] = {}
    for entry in document.get("keys", ()):
        if entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519" or not entry.get("kid"):
            continue
        keys[entry["kid"]] = OKPKey.import_key({part: entry[part] for part in ("kty", "crv", "x", "kid")})
    return keys
