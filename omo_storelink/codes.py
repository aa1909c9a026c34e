"""Reads the codes on members' screens without a line: by public key, each once on this till."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from omo_storelink.errors import CodeRefused

TYPE = "omo-member+jwt"
# how far a till's clock may be off
LEEWAY = 30.0
# no code lives longer, whatever it says of itself
_LONGEST_LIFE = 120.0
_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class MemberCode:
    """What a code said: the member, until when, and what it is told apart by."""

    member_id: str
    expire_time: float
    nonce: str


def statement(text: str, kind: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement of this kind says, if the server signed it; raises CodeRefused."""
    parts = text.strip().split(".")
    if len(text) > _LONGEST or len(parts) != 3:
        raise CodeRefused("this is no statement of the server's")
    header, claims = _document(parts[0]), _document(parts[1])
    if header.get("alg") != "EdDSA" or header.get("typ") != kind:
        raise CodeRefused("this is no statement of the server's")
    try:
        _key(jwks, header.get("kid")).verify(_bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise CodeRefused("it was not signed by the server") from None
    return claims


def verify(code: str, jwks: Mapping[str, Any], now: float) -> MemberCode:
    """Checks a code by the server's published keys (a JWK set); raises CodeRefused."""
    claims = statement(code, TYPE, jwks)
    member_id, end, nonce = claims.get("sub"), claims.get("exp"), claims.get("jti")
    if not isinstance(member_id, str) or not isinstance(nonce, str) or not isinstance(end, int):
        raise CodeRefused("this is no member's code")
    if end + LEEWAY <= now:
        raise CodeRefused("the code has expired: have it shown again")
    if end > now + _LONGEST_LIFE + LEEWAY:
        raise CodeRefused("the code lives too long, or this till's clock is slow")
    return MemberCode(member_id, float(end), nonce)


class MemberCodes:
    """A till's reader: `jwks` is the server's JWK set, kept from the last time there was a line."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._jwks = jwks
        self._seen: dict[str, float] = {}

    def read(self, code: str, now: float) -> MemberCode:
        """The member who shows it; refuses what was shown here before."""
        found = verify(code, self._jwks, now)
        self._seen = {nonce: end for nonce, end in self._seen.items() if end + LEEWAY > now}
        if found.nonce in self._seen:
            raise CodeRefused("this code was shown before: a fresh one is on the member's screen")
        self._seen[found.nonce] = found.expire_time
        return found

    def renew(self, jwks: Mapping[str, Any]) -> None:
        """The server's keys as they are published now; what was shown is remembered."""
        self._jwks = jwks


def _key(jwks: Mapping[str, Any], kid: object) -> Ed25519PublicKey:
    for one in jwks.get("keys", ()):
        if one.get("kid") == kid and one.get("kty") == "OKP" and one.get("crv") == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_bytes(str(one["x"])))
    raise CodeRefused("this till does not know the key that signed the code")


def _document(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CodeRefused("this is no member's code")
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise CodeRefused("this is no member's code") from None
