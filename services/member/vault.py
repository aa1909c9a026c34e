"""Seals, opens and hashes what the database must not know in clear."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = 1
_NONCE = 12
_KEY_ID = 4
_KEY = 32
_DATA_KEY = "data key"


class Unreadable(Exception):
    """Sealed under a key that is not here, or altered, or moved to another place."""


def seal(key: bytes, text: bytes, place: str) -> bytes:
    """AES-256-GCM; `place` (whose, which column) is bound in, so that a sealed value cannot be moved elsewhere."""
    nonce = secrets.token_bytes(_NONCE)
    return bytes([_VERSION]) + nonce + AESGCM(key).encrypt(nonce, text, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """What was sealed under this key at this place."""
    if len(sealed) <= 1 + _NONCE or sealed[0] != _VERSION:
        raise Unreadable(place)
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
    except InvalidTag:
        raise Unreadable(place) from None


class Vault:
    """The process's own keys: one set wraps other keys, one makes keyed hashes; each use has a key of its own."""

    def __init__(self, wrapping: Sequence[bytes], hashing: bytes) -> None:
        self._wrapping = {_id_of(key): key for key in wrapping}
        self._present = _id_of(wrapping[0])
        self._hashing = hashing
        # a till looks the same member up many times a day; nothing but data keys is remembered in clear
        self.data_key = lru_cache(maxsize=4096)(self._data_key)

    def wrap(self, purpose: str, text: bytes, place: str) -> bytes:
        """Sealed under the present key-encryption key, whose id stands in front."""
        return self._present + seal(_derive(self._wrapping[self._present], purpose), text, place)

    def new_data_key(self, place: str) -> bytes:
        """A fresh data key, wrapped; `data_key` opens it."""
        return self.wrap(_DATA_KEY, secrets.token_bytes(_KEY), place)

    def _data_key(self, wrapped: bytes, place: str) -> bytes:
        return self.unwrap(_DATA_KEY, wrapped, place)

    def unwrap(self, purpose: str, wrapped: bytes, place: str) -> bytes:
        """What was wrapped under the present key or the one before it."""
        key = self._wrapping.get(wrapped[:_KEY_ID])
        if key is None:
            raise Unreadable(f"{place}: no such key-encryption key")
        return unseal(_derive(key, purpose), wrapped[_KEY_ID:], place)

    def digest(self, purpose: str, *parts: str) -> bytes:
        """A keyed hash: equal parts give equal hashes, and nobody without the key can try values."""
        text = "\0".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(_derive(self._hashing, purpose), text.encode(), "sha256")


def hashed(secret: str) -> bytes:
    """The hash of a secret of 256 random bits, which needs neither key nor salt."""
    return hashlib.sha256(secret.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality that takes as long whether it holds or not."""
    return hmac.compare_digest(one, other)


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), _KEY, None, f"omo member {purpose}".encode()).derive(key)


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"omo key id" + key).digest()[:_KEY_ID]
