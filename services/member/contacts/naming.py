"""Names contacts so that order can tell whose one is, without asking."""

import hmac
import secrets
import uuid
from datetime import datetime

_RANDOM = 28
_HEAD, _TAG = 12, (1 << 62) - 1


def key(service_secret: str) -> bytes:
    """What member and order both have: order's own secret, which member checks when order signs in."""
    return hmac.digest(service_secret.encode(), b"omo contact ids", "sha256")


def contact_id(naming: bytes, member_id: str, now: datetime) -> str:
    """A UUID of version 8: seconds and chance in front, behind it 62 bits of a keyed hash over that and the member.

    services/order/checkout/contacts.py reads it: change both together.
    """
    nonce = (int(now.timestamp()) & 0xFFFFFFFF) << _RANDOM | secrets.randbits(_RANDOM)
    head = (nonce >> _HEAD) << 16 | 8 << _HEAD | nonce & ((1 << _HEAD) - 1)
    tag = int.from_bytes(hmac.digest(naming, head.to_bytes(8, "big") + member_id.encode(), "sha256")[:8], "big")
    return str(uuid.UUID(int=head << 64 | 0b10 << 62 | tag & _TAG))
