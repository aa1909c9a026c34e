"""Makes handover PINs: a keyed hash to compare with, and the PIN sealed for its shopper's eyes."""

import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_DIGITS = 6
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of a PIN."""

    hash: bytes
    sealed: bytes


class Pins:
    """The process's keys of PINs."""

    def __init__(self, key: bytes) -> None:
        self._hashing = _derived(key, "hash")
        self._sealing = AESGCM(_derived(key, "seal"))

    def make(self, fulfilment_id: str, pin: str = "") -> Pin:
        """A PIN that nobody can guess, or one that somebody was told before, bound to its fulfilment."""
        pin = pin or f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._sealing.encrypt(nonce, pin.encode(), fulfilment_id.encode())
        return Pin(self.hash(fulfilment_id, pin), sealed)

    def hash(self, fulfilment_id: str, pin: str) -> bytes:
        """Without the key a million tries would find a PIN from its hash."""
        return hmac.digest(self._hashing, f"{fulfilment_id}:{pin}".encode(), "sha256")

    def same(self, fulfilment_id: str, pin: str, kept: bytes | None) -> bool:
        return kept is not None and hmac.compare_digest(self.hash(fulfilment_id, pin), kept)

    def show(self, fulfilment_id: str, sealed: bytes | None) -> str:
        """The PIN itself; empty where there is none, or it was sealed under a key that is gone."""
        if sealed is None:
            return ""
        try:
            return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], fulfilment_id.encode()).decode()
        except InvalidTag:
            return ""


def well_formed(pin: str) -> bool:
    """Whether it could be a PIN at all."""
    return len(pin) == _DIGITS and pin.isascii() and pin.isdecimal()


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"omo order pin {purpose}".encode()).derive(key)
