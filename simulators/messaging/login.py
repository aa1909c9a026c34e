"""LINE Login as the simulator plays it: signs in whomever a form names, by tokens signed as LINE signs for pages."""

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

ISSUER = "/line/login"
_LIFE = 600
_MOST = 1_000
_FORM = """<!doctype html><meta charset="utf-8"><title>LINE Login</title>
<form action="authorize">{hidden}
<label>LINE user id <input name="login" value="U{random}" pattern="U[0-9a-f]{{32}}" size="40"></label>
<label>Name <input name="name" value="陳小明"></label> <button>Log in</button></form>"""


class Login:
    """An OpenID Connect provider with one client: code flow, PKCE, each code once."""

    def __init__(
        self, client_id: str, secret: str, redirects: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._client_id = client_id
        self._secret = secret
        self._redirects = frozenset(redirects.split(","))
        # code -> what its browser asked for, and until when
        self._codes: dict[str, tuple[float, Mapping[str, str]]] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        """What a provider answers."""
        return [
            web.get(f"{ISSUER}/.well-known/openid-configuration", self.configuration),
            web.get(f"{ISSUER}/authorize", self.authorize),
            web.post(f"{ISSUER}/token", self.token),
            web.get(f"{ISSUER}/keys", self.keys),
        ]

    async def configuration(self, request: web.Request) -> web.Response:
        """What it says of itself."""
        issuer = _issuer(request)
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        said: dict[str, Any] = {"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in ends.items()}}
        return web.json_response({**said, "id_token_signing_alg_values_supported": ["HS256"]})

    async def keys(self, _request: web.Request) -> web.Response:
        """The channel's secret signs, so there are none to publish."""
        return web.json_response({"keys": []})

    async def authorize(self, request: web.Request) -> web.Response:
        """Asks who it is, and sends the browser back with a code."""
        asked = dict(request.query)
        wanted = {"response_type": "code", "client_id": self._client_id, "code_challenge_method": "S256"}
        known = all(asked.get(name) == value for name, value in wanted.items()) and "state" in asked
        scoped = "openid" in asked.get("scope", "").split()
        if not known or not scoped or asked.get("redirect_uri") not in self._redirects:
            return web.json_response({"error": "invalid_request"}, status=400)
        if not asked.get("login"):
            return web.Response(text=_form(asked), content_type="text/html")
        code = secrets.token_urlsafe(16)
        self._keep(code, asked)
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: web.Request) -> web.Response:
        """Whom a code stands for; only to who sent the browser, and once."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        until, asked = self._codes.pop(form.get("code", ""), (0.0, {}))
        told = {"client_id": self._client_id, "client_secret": self._secret, "redirect_uri": asked.get("redirect_uri")}
        proof = _text(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = self._monotonic() < until and proof == asked.get("code_challenge")
        if not known or any(form.get(name) != value for name, value in told.items()):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self._signed(_issuer(request), asked)
        return web.json_response({"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token})

    def _keep(self, code: str, asked: Mapping[str, str]) -> None:
        now = self._monotonic()
        if len(self._codes) >= _MOST:
            self._codes = {one: kept for one, kept in self._codes.items() if kept[0] > now}
        self._codes[code] = (now + _LIFE, asked)

    def _signed(self, issuer: str, asked: Mapping[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": issuer,
            "sub": asked["login"],
            "aud": self._client_id,
            "exp": now + 3600,
            "iat": now,
            "nonce": asked.get("nonce", ""),
            "name": asked.get("name", ""),
        }
        parts = ".".join(_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{parts}.{_text(hmac.digest(self._secret.encode(), parts.encode(), 'sha256'))}"


def _issuer(request: web.Request) -> str:
    return f"{request.url.origin()}{ISSUER}"


def _form(asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    return _FORM.format(hidden=hidden, random=secrets.token_hex(16))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
