"""Makes and reads the short-lived codes by which a cart is handed over: signed, so that nobody can make one up."""

import base64
import binascii
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kit.errors import Code, Fault

LIVES = timedelta(minutes=2)
_PREFIX = "OMOC1."
_NONCE, _MAC = 12, 16
_SIZE = 16 + 8 + _NONCE + _MAC


class CartCodeInvalid(Fault):
    code = Code.NOT_FOUND
    reason = "CART_CODE_INVALID"


class CartCodeUsed(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CART_CODE_USED"


@dataclass(frozen=True, slots=True)
class HandOff:
    """What a code says."""

    cart_id: str
    expire_time: datetime
    nonce: bytes


class Codes:
    """The process's key of codes."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"omo order cart codes", "sha256")

    def make(self, cart_id: str, now: datetime) -> tuple[str, datetime]:
        """A code for this cart, and its end to the second."""
        expire_time = (now + LIVES).replace(microsecond=0)
        head = uuid.UUID(cart_id).bytes + int(expire_time.timestamp()).to_bytes(8, "big") + secrets.token_bytes(_NONCE)
        return _PREFIX + base64.urlsafe_b64encode(head + self._sign(head)).decode().rstrip("="), expire_time

    def read(self, code: str, now: datetime) -> HandOff:
        """What the code says; refuses one that is not ours or too old."""
        raw = _raw(code)
        head, given = raw[:-_MAC], raw[-_MAC:]
        if len(raw) != _SIZE or not hmac.compare_digest(given, self._sign(head)):
            raise CartCodeInvalid("no code of ours", field="code")
        expire_time = datetime.fromtimestamp(int.from_bytes(head[16:24], "big"), UTC)
        if expire_time <= now:
            raise CartCodeInvalid("the code is too old", field="code")
        return HandOff(str(uuid.UUID(bytes=head[:16])), expire_time, head[24:])

    def _sign(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")[:_MAC]


def _raw(code: str) -> bytes:
    text = code.removeprefix(_PREFIX) if code.startswith(_PREFIX) and len(code) < 128 else ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
