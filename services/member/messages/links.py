"""Signed tokens in messages: what was opened, where a link leads, who wants no more; nobody else can make one."""

import base64
import hmac
import uuid
from dataclasses import dataclass

from kit.errors import Code, Fault
from services.member.vault import Vault

OPEN, CLICK, STOP = "o", "c", "u"
_KINDS = (OPEN, CLICK, STOP)
_ID, _SIGNATURE = 16, 12


class LinkInvalid(Fault):
    """Not one of ours, or altered."""

    code = Code.NOT_FOUND
    reason = "MESSAGE_LINK_INVALID"


@dataclass(frozen=True, slots=True)
class Followed:
    """What a token stands for."""

    kind: str
    message_id: str


class Links:
    """Tokens of 39 characters: the kind, the message's id and a signature over both; they hold no address."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.digest("message link")

    def token(self, kind: str, message_id: str) -> str:
        """A token for a message."""
        body = kind.encode() + uuid.UUID(message_id).bytes
        return base64.urlsafe_b64encode(body + self._signature(body)).decode().rstrip("=")

    def read(self, token: str) -> Followed:
        """What a token stands for; raises LinkInvalid."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        body, signature = raw[: 1 + _ID], raw[1 + _ID :]
        known = len(raw) == 1 + _ID + _SIGNATURE and hmac.compare_digest(signature, self._signature(body))
        # one token has one spelling
        if not known or base64.urlsafe_b64encode(raw).decode().rstrip("=") != token or chr(body[0]) not in _KINDS:
            raise LinkInvalid("this link is none of ours, or was altered", field="token")
        return Followed(chr(body[0]), str(uuid.UUID(bytes=body[1:])))

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_SIGNATURE]
