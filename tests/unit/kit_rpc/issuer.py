"""An issuer of tokens for tests: real keys, real signatures, and whatever claims a test wants."""

import json
import time
import warnings
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from kit.tokens import TYPE
from tests.depth import SOAK

ISSUER = "omo"
# a search of 10,000 examples takes longer with one token than a token lives
LIFE = 86_400 if SOAK else 600


class Issuer:
    """Signs with its newest key and counts how often its keys are fetched."""

    def __init__(self) -> None:
        self.keys: dict[str, OKPKey] = {}
        self.fetches = 0
        self.away = False
        self.publish("k1")

    def publish(self, kid: str) -> None:
        """Makes a key, publishes it and signs with it from now on."""
        made = OKPKey.import_key(Ed25519PrivateKey.generate())
        self.keys[kid] = OKPKey.import_key({**made.as_dict(private=True), "kid": kid})
        self.kid = kid

    async def jwks(self) -> Mapping[str, Any]:
        """What the issuing service publishes."""
        self.fetches += 1
        if self.away:
            raise ConnectionError("the issuer is away")
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}

    def claims(self, audience: str = "shop", sub: str = "m1", **more: Any) -> dict[str, Any]:
        """Good claims; `more` replaces or adds, None removes."""
        now = int(time.time())
        good = {"iss": ISSUER, "sub": sub, "aud": audience, "iat": now, "nbf": now, "exp": now + LIFE, "jti": "j1"}
        return {key: value for key, value in (good | more).items() if value is not None}

    def token(self, audience: str = "shop", sub: str = "m1", **more: Any) -> str:
        """A token that a verifier of ours accepts, unless `more` says otherwise."""
        return self.sign(json.dumps(self.claims(audience, sub, **more)))

    def sign(self, payload: str | bytes, header: Mapping[str, Any] | None = None) -> str:
        """Any payload under any header, signed with the newest key."""
        full = {"alg": "EdDSA", "typ": TYPE, "kid": self.kid} | dict(header or {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = self.keys.get(full["kid"], self.keys[self.kid])
            registry = jws.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False)
            return jws.serialize_compact(full, payload, key, ["EdDSA"], registry=registry)
