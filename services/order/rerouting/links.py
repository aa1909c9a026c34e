"""Makes and reads the tokens of shoppers' links: each opens one question about one order, until its time is over."""

import base64
import binascii
import hmac
import uuid
from datetime import UTC, datetime

from services.order.rerouting.domain import LinkInvalid

_PREFIX = "OMOP1."
_HEAD, _MAC = 16 + 8, 16


class Links:
    """The secret that order and member share: member puts the link into a message without asking for it."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"omo pickup links", "sha256")

    def make(self, choice_id: str, until: datetime) -> str:
        """The token of a question that may be answered until then."""
        head = uuid.UUID(choice_id).bytes + int(until.timestamp()).to_bytes(8, "big")
        return _PREFIX + base64.urlsafe_b64encode(head + self._sign(head)).decode().rstrip("=")

    def read(self, token: str, now: datetime) -> str:
        """The question; refuses a token that is not ours, or whose time is over."""
        raw = _raw(token)
        head, given = raw[:_HEAD], raw[_HEAD:]
        if len(raw) != _HEAD + _MAC or not hmac.compare_digest(given, self._sign(head)):
            raise LinkInvalid("no link of ours", field="token")
        if datetime.fromtimestamp(int.from_bytes(head[16:], "big"), UTC) <= now:
            raise LinkInvalid("the link is too old", field="token")
        return str(uuid.UUID(bytes=head[:16]))

    def _sign(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")[:_MAC]


def _raw(token: str) -> bytes:
    text = token.removeprefix(_PREFIX) if token.startswith(_PREFIX) and len(token) < 128 else ""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    # one token has one spelling
    return raw if base64.urlsafe_b64encode(raw).decode().rstrip("=") == text else b""
