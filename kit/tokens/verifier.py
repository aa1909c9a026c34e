"""Verifying what callers present, offline, against the issuer's published keys.

Token life runs on the machine's clock, never on the business clock: moving
business time forward by a week must neither expire nor forge a session.
"""

import base64
import binascii
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.registry import Header

from kit.access import AUDIENCES, Principal
from kit.tokens.keys import Jwks, Keys, TokenInvalid

TYPE = "at+jwt"
ALGORITHM = "EdDSA"
LEEWAY = 30.0  # seconds two machines' clocks may differ
_MAX_LENGTH = 8192
_REMEMBERED = 4096
# jku, x5u, jwk, x5c and crit would let the bearer choose the key or the rules
_HEADER = frozenset({"alg", "typ", "kid"})


class _OnlyEdDSA(JWSRegistry):
    """One algorithm, whatever the header asks for."""

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise TokenInvalid("the token's algorithm is not EdDSA")
        return self.algorithms[ALGORITHM]

    def check_header(self, header: Header) -> None:
        """Done in `_header`, before the signature is looked at."""


_REGISTRY = _OnlyEdDSA(algorithms=[ALGORITHM])


class TokenVerifier:
    """Turns a token into the Principal that it proves; verified tokens are remembered until they expire."""

    def __init__(self, jwks: Jwks, issuer: str, *, now: Callable[[], float] = time.time) -> None:
        self._keys = Keys(jwks)
        self._issuer = issuer
        self._now = now
        self._verified: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """The principal of a valid token; anything else is TokenInvalid."""
        known = self._verified.get(token)
        if known is not None and known[1] > self._now() - LEEWAY:
            self._verified.move_to_end(token)
            return known[0]
        self._verified.pop(token, None)
        claims = await self._claims(token)
        principal = _principal(claims, token)
        self._verified[token] = (principal, float(claims["exp"]))
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > _MAX_LENGTH or token.count(".") != 2:
            raise TokenInvalid("this is no token")
        kid = _header(token)
        key = await self._keys.get(kid)
        try:
            signed = jws.deserialize_compact(token, key, [ALGORITHM], registry=_REGISTRY)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenInvalid("the token's signature is wrong") from error
        claims = _json(signed.payload)
        self._check(claims)
        return claims

    def _check(self, claims: dict[str, Any]) -> None:
        now = self._now()
        times = [claims.get(name) for name in ("exp", "iat", "nbf")]
        if any(isinstance(at, bool) or not isinstance(at, int | float) for at in times):
            raise TokenInvalid("the token lacks exp, iat or nbf")
        expires, issued, not_before = (float(claims[name]) for name in ("exp", "iat", "nbf"))
        if expires <= now - LEEWAY:
            raise TokenInvalid("the token has expired")
        if max(not_before, issued) > now + LEEWAY:
            raise TokenInvalid("the token is not valid yet")
        if claims.get("iss") != self._issuer:
            raise TokenInvalid("the token is another issuer's")
        texts = (claims.get("sub"), claims.get("jti"), claims.get("aud"))
        if not all(isinstance(text, str) and text for text in texts) or claims["aud"] not in AUDIENCES:
            raise TokenInvalid("the token lacks sub or jti, or is meant for another audience")


def _header(token: str) -> str:
    """The kid of a header that says what we accept and nothing more."""
    header = _json(_decode(token.partition(".")[0]))
    if not header.keys() <= _HEADER:
        raise TokenInvalid("the token's header holds more than alg, typ and kid")
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        raise TokenInvalid("the token's header is not that of an access token")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenInvalid("the token names no key")
    return kid


def _decode(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenInvalid("this is no token") from error


def _json(data: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(data or b"", object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise TokenInvalid("the token holds no readable claims") from error
    if not isinstance(value, dict):
        raise TokenInvalid("the token holds no readable claims")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may disagree on a name given twice, and that gap is an attack."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")  # NaN would be neither before nor after any time


def _principal(claims: dict[str, Any], token: str) -> Principal:
    return Principal(
        kind=AUDIENCES[claims["aud"]],
        id=claims["sub"],
        audience=claims["aud"],
        roles=frozenset(_texts(claims, "roles")),
        location_ids=tuple(_texts(claims, "locations")),
        terminal_id=_text(claims, "terminal"),
        staff_code=_text(claims, "staff_code"),
        token=token,
    )


def _texts(claims: dict[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TokenInvalid(f"the token's {name} are not a list of names")
    return value


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise TokenInvalid(f"the token's {name} is not a text")
    return value
