"""Reads what our own keys signed, and is no access token."""

import base64
import binascii
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kit.tokens import ALGORITHM
from services.member.access.domain_keys import SigningKey

_LONGEST = 2_048


def read(text: str, kind: str, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """Its claims; nothing, if it is of another kind, or nobody of these signed it."""
    parts = text.split(".")
    if len(text) > _LONGEST or len(parts) != 3:
        return {}
    try:
        header, claims = json.loads(_bytes(parts[0])), json.loads(_bytes(parts[1]))
        key = next(one for one in keys if header == {"alg": ALGORITHM, "typ": kind, "kid": one.kid})
        _loaded(key.public).verify(_bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except (ValueError, StopIteration, InvalidSignature, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


@lru_cache(maxsize=8)
def _loaded(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(part) from error
