"""Pages of lists: opaque page tokens that only we can make."""

import base64
import hashlib
import hmac
import json
from typing import Any

from kit.errors import Code, Fault, invalid

_SIGNATURE = 16


class PageTokenInvalid(Fault):
    """A page token that this list did not give out."""

    code = Code.INVALID_ARGUMENT
    reason = "PAGE_TOKEN_INVALID"


def encode(cursor: dict[str, Any], key: bytes) -> str:
    """The page token for a cursor (the sort values of the page's last row)."""
    body = json.dumps(cursor, separators=(",", ":"), sort_keys=True).encode()
    return _text(_sign(body, key) + body)


def decode(token: str, key: bytes) -> dict[str, Any] | None:
    """The cursor in a page token; None for the first page, which has none."""
    if not token:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise PageTokenInvalid("this is no page token", field="page_token") from None
    signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
    # one token has one spelling: the decoder also takes the other alphabet, and bits that belong to nothing
    if _text(raw) != token or not hmac.compare_digest(signature, _sign(body, key)):
        raise PageTokenInvalid("this page token is not ours, or not of this list", field="page_token")
    cursor: dict[str, Any] = json.loads(body)
    return cursor


def page_size(asked: int, default: int = 20, largest: int = 100) -> int:
    """How many rows to give: 0 means the default, more than the largest means the largest."""
    if asked < 0:
        raise invalid("page_size", "must not be negative")
    return min(asked or default, largest)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_SIGNATURE]
