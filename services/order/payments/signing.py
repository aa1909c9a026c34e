"""Signatures of notifications: HMAC-SHA256 over the time and the body, byte for byte."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from services.order.payments.domain import SignatureInvalid

HEADER = "omo-signature"
TOLERANCE_SECONDS = 300


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The header's value, such as `t=1700000000,v1=…`."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={mac}"


def check(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> None:
    """Refuses a body that the holder of the secret did not sign, or signed too long ago to be news."""
    given = dict(part.strip().split("=", 1) for part in headers.get(HEADER, "").split(",") if "=" in part)
    stamp = given.get("t", "")
    if not stamp.isdecimal() or len(stamp) > 12:
        raise SignatureInvalid("the notification carries no signature")
    wanted = sign(body, secret, int(stamp)).partition("v1=")[2]
    if not hmac.compare_digest(wanted.encode(), given.get("v1", "").encode()):
        raise SignatureInvalid("the notification's signature does not verify")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE_SECONDS:
        raise SignatureInvalid("the notification's time is too far from now")
