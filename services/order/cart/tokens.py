"""The secrets that open carts of nobody: drawn at random, told once, kept as hashes."""

import hashlib
import hmac
import secrets
from dataclasses import replace

from kit.errors import invalid
from kit.requests import Request

# what a till makes goes on by its code: no secret has this hash
CLOSED = b""
_BYTES = 32
_MOST = 128


def make() -> str:
    """A secret that nobody guesses, fit for a header."""
    return secrets.token_urlsafe(_BYTES)


def kept(token: str) -> bytes:
    """What is kept of it. It is as long as a key, so nothing has to make trying slow."""
    return hashlib.sha256(token.encode()).digest()


def opens(token: str, token_hash: bytes | None) -> bool:
    """Whether it is the cart's; a cart from before there were secrets is opened by its id."""
    return token_hash is None or hmac.compare_digest(kept(token), token_hash)


def given(token: str) -> str:
    """The secret as somebody sent it."""
    if len(token) > _MOST:
        raise invalid("cart_token", f"must have at most {_MOST} characters")
    return token


def apart(asked: Request, cart_id: str, token: str) -> Request:
    """Nobody's request, told apart by what it opens: two strangers may choose the same key."""
    return replace(asked, principal=f"{asked.principal}{cart_id}:{kept(token).hex()[:32]}")
