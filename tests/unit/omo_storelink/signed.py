"""Statements signed by a key of the tests' own, as the server signs its."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = 1_800_000_000
_KEY = Ed25519PrivateKey.generate()


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_PUBLIC = text(_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
JWKS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": _PUBLIC}]}


def signed(claims: Any, kind: str) -> str:
    header = {"alg": "EdDSA", "typ": kind, "kid": "one"}
    body = ".".join(text(json.dumps(part).encode()) for part in (header, claims))
    return f"{body}.{text(_KEY.sign(body.encode()))}"
