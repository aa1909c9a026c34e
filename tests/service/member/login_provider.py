"""An OpenID Connect provider, as a process of its own: it checks what a client says and signs what it says back.

`GET /authorize` signs in whom the query's `login` names, at once. `as` makes it misbehave in one way.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET, REDIRECT = "2001234567", "a channel's secret of 32 characters", "https://shop.example/line"
_KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
_OTHER = ECKey.generate_key("P-256", {"kid": "one"})


class Provider:
    """Codes that were given out, and what each stands for."""

    def __init__(self) -> None:
        self.issuer = ""
        self._codes: dict[str, dict[str, str]] = {}

    async def configuration(self, _request: web.Request) -> web.Response:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        said: dict[str, Any] = {name: f"{self.issuer}/{path}" for name, path in ends.items()}
        return web.json_response({"issuer": self.issuer, **said, "id_token_signing_alg_values_supported": ["ES256"]})

    async def keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [_KEY.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        wanted = {"response_type": "code", "client_id": CLIENT, "redirect_uri": REDIRECT}
        wanted["code_challenge_method"] = "S256"
        if any(asked.get(name) != value for name, value in wanted.items()) or "openid" not in asked["scope"].split():
            return web.json_response({"error": "invalid_request"}, status=400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        raise web.HTTPFound(f"{REDIRECT}?code={code}&state={asked['state']}")

    async def token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        asked = self._codes.pop(str(form.get("code")), None)
        if asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if asked.get("as") == "down":
            return web.json_response({}, status=503)
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        right = base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == asked["code_challenge"]
        told = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": REDIRECT}
        if not right or any(form.get(name) != value for name, value in told.items()):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": self._token(asked)})

    def _token(self, asked: dict[str, str]) -> str:
        now, way = int(time.time()), asked.get("as", "")
        claims = {
            "iss": "https://elsewhere.example" if way == "other issuer" else self.issuer,
            "aud": "another" if way == "other audience" else CLIENT,
            "sub": asked["login"],
            "nonce": "another" if way == "other nonce" else asked["nonce"],
            "iat": now,
            "exp": now - 3600 if way == "expired" else now + 3600,
            "name": "陳小明",
        }
        if way == "several audiences":
            claims["aud"] = [CLIENT, "another"]
        if way == "unsigned":
            parts = [{"alg": "none"}, claims]
            return ".".join(_text(json.dumps(part).encode()) for part in parts) + "."
        if way == "public key as secret":
            signed = ".".join(_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
            return f"{signed}.{_text(hmac.digest(_KEY.as_pem(private=False), signed.encode(), 'sha256'))}"
        if way == "secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims, _OTHER if way == "other key" else _KEY)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def serve() -> None:
    """Until its input ends."""
    provider = Provider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.configuration)
    app.router.add_get("/keys", provider.keys)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(provider.issuer, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
