"""Speaks OpenID Connect with a login provider: where to send a browser, and whom it sends back."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from kit.errors import Code, Fault
from kit.telemetry import logs

_TIMEOUT = aiohttp.ClientTimeout(total=3.0)
_MOST = 256 * 1024
_FRESH = 3600.0  # what the provider says of itself
_PAUSE = 30.0  # between two looks for a key that is not there
_LEEWAY = 60
# the provider's own keys sign; LINE signs for web pages with the channel's secret instead
_SIGNED_BY_KEYS = ("ES256", "RS256")
_SIGNED_BY_SECRET = "HS256"  # noqa: S105  # an algorithm's name
_log = logs.get(__name__)


class LoginRefused(Fault):
    """What the provider sent does not verify; which part is in the log, not in the answer."""

    code = Code.UNAUTHENTICATED
    reason = "LOGIN_REFUSED"


class ProviderAway(Fault):
    """It does not answer: another way to sign in works meanwhile."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Client:
    """How the provider knows us."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of somebody."""

    subject: str = field(repr=False)
    name: str = field(default="", repr=False)


class Provider:
    """One OpenID Connect provider; what it publishes of itself is read when it is first needed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._said: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._read = self._sought = float("-inf")
        self._lock = asyncio.Lock()

    async def authorize_url(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes; what comes back is bound to state, nonce and verifier."""
        said = await self._configuration()
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{said['authorization_endpoint']}?{urlencode(asked)}"

    async def redeem(self, code: str, redirect_uri: str, verifier: str, nonce: str) -> Told:
        """Whom the code stands for."""
        said = await self._configuration()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client.client_id,
            "client_secret": self._client.secret,
            "code_verifier": verifier,
        }
        answer = await _ask("POST", str(said["token_endpoint"]), form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("no id_token")
        claims = await self._verified(token, nonce)
        return Told(str(claims["sub"]), str(claims.get("name", ""))[:100])

    async def _verified(self, token: str, nonce: str) -> Mapping[str, Any]:
        algorithm, kid = _header(token)
        try:
            if algorithm == _SIGNED_BY_SECRET:
                # joserfc takes no asymmetric key for HS256: the provider's published keys never serve as secrets
                signed = jwt.decode(token, OctKey.import_key(self._client.secret), [_SIGNED_BY_SECRET])
            elif algorithm in _SIGNED_BY_KEYS:
                signed = jwt.decode(token, await self._keys_with(kid), list(_SIGNED_BY_KEYS))
            else:
                raise _refused(f"algorithm {algorithm[:16]}")
            registry = jwt.JWTClaimsRegistry(
                now=int(time.time()),
                leeway=_LEEWAY,
                iss={"essential": True, "value": self._client.issuer},
                aud={"essential": True, "value": self._client.client_id},
                sub={"essential": True, "allow_blank": False},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(signed.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(type(error).__name__) from None
        if isinstance(signed.claims["aud"], list) and signed.claims.get("azp") != self._client.client_id:
            raise _refused("for several, and not for us")
        return signed.claims

    async def _configuration(self) -> Mapping[str, Any]:
        if self._said and time.monotonic() - self._read < _FRESH:
            return self._said
        async with self._lock:
            if self._said and time.monotonic() - self._read < _FRESH:
                return self._said
            said = await _ask("GET", f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if said.get("issuer") != self._client.issuer:
                raise _refused("says that it is another issuer")
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if not all(isinstance(said.get(name), str) for name in wanted):
                raise _refused("does not say where to go")
            self._said, self._read, self._keys = said, time.monotonic(), None
            return said

    async def _keys_with(self, kid: str) -> KeySet:
        async with self._lock:
            known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
            if not known and time.monotonic() - self._sought >= (_PAUSE if self._keys else 0.0):
                self._sought = time.monotonic()
                document = await _ask("GET", str(self._said["jwks_uri"]))
                # a shared secret among published keys would be none
                public = [key for key in document.get("keys", []) if key.get("kty") in ("EC", "RSA")]
                self._keys = KeySet.import_key_set({"keys": public})
            if self._keys is None:
                raise _refused("no keys")
            return self._keys


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _header(token: str) -> tuple[str, str]:
    try:
        head = token.partition(".")[0]
        told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(told.get("alg", "")), str(told.get("kid", ""))
    except (ValueError, AttributeError):
        raise _refused("unreadable id_token") from None


async def _ask(method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """A JSON document; no redirects: our secret goes where it was configured to go."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, url, data=form, allow_redirects=False) as reply,
        ):
            body = await reply.content.read(_MOST)
            status = reply.status
    except (aiohttp.ClientError, TimeoutError) as error:
        _log.warning("login provider does not answer", error=type(error).__name__)
        raise ProviderAway("the login provider does not answer: try again, or sign in otherwise") from None
    if status >= 500:
        raise ProviderAway("the login provider fails: try again, or sign in otherwise")
    if status != 200:
        raise _refused(f"answered {status}")
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _refused("answered no document")
    return document


def _refused(why: str) -> LoginRefused:
    _log.warning("login refused", error=why)
    return LoginRefused("what the login provider sent does not verify: begin again", field="code")
