"""Makes and reads the codes that a shopper's app shows in the store: signed, so that a till can check them alone."""

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kit.clock import Clock, system_clock
from kit.errors import Code, Fault

LIVES = timedelta(minutes=1)
_PREFIX = "OMOP1."
_TAG, _SIGNATURE = 8, 64
_HEAD = 16 + 8 + _TAG


class PickupCodeInvalid(Fault):
    code = Code.PERMISSION_DENIED
    reason = "PICKUP_CODE_INVALID"


class PickupCodes:
    """The process's key of codes; they live on the machine's clock, as a till without a line has no other."""

    def __init__(self, key: bytes, wall: Clock = system_clock) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(
            HKDF(SHA256(), 32, None, b"omo order pickup codes").derive(key)
        )
        self._wall = wall
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]

    def make(self, fulfilment_id: str, pin_hash: bytes) -> tuple[str, datetime]:
        """A code for what waits, worth nothing once its PIN is another; and its end to the second."""
        end = (self._wall() + LIVES).replace(microsecond=0)
        head = uuid.UUID(fulfilment_id).bytes + int(end.timestamp()).to_bytes(8, "big") + _tag(pin_hash)
        return _PREFIX + base64.urlsafe_b64encode(head + self._key.sign(head)).decode().rstrip("="), end

    def check(self, code: str, fulfilment_id: str) -> Callable[[bytes | None], bool]:
        """Refuses a code that is none of ours, too old, or for something else; gives whether it fits a PIN's hash."""
        raw = _raw(code)
        head, signature = raw[:_HEAD], raw[_HEAD:]
        try:
            self._key.public_key().verify(signature, head)
        except InvalidSignature:
            raise PickupCodeInvalid("no code of ours", field="code") from None
        if datetime.fromtimestamp(int.from_bytes(head[16:24], "big"), UTC) <= self._wall():
            raise PickupCodeInvalid("the code is too old", field="code")
        if str(uuid.UUID(bytes=head[:16])) != fulfilment_id:
            raise PickupCodeInvalid("the code is for something else", field="code")
        return lambda pin_hash: pin_hash is not None and hmac.compare_digest(_tag(pin_hash), head[24:])


def _tag(pin_hash: bytes) -> bytes:
    return hashlib.sha256(b"omo pickup code" + pin_hash).digest()[:_TAG]


def _raw(code: str) -> bytes:
    text = code.removeprefix(_PREFIX) if code.startswith(_PREFIX) and len(code) < 256 else ""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    return raw if len(raw) == _HEAD + _SIGNATURE else bytes(_HEAD + _SIGNATURE)
