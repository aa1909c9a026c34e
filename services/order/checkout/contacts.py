"""Tells whose a contact id is, without asking member, which made it."""

import hmac
import uuid

from kit import access
from kit.telemetry import logs

_TAG = (1 << 62) - 1

_log = logs.get(__name__)


class ContactIds:
    """Knows by a keyed hash inside each contact id for which member it was sealed."""

    def __init__(self, service_secret: str) -> None:
        # the secret that order and member share; without one nobody's contacts can be told apart, so none is taken
        self._key = hmac.digest(service_secret.encode(), b"omo contact ids", "sha256") if service_secret else None

    def own(self, contact_id: str, member_id: str | None) -> str:
        """The contact id, if it was sealed for this member; refuses any other, and says so in the log."""
        if not contact_id:
            return ""
        if member_id is None or not self._is_of(contact_id, member_id):
            _log.warning("an order named a contact that is not its member's", reason="NOT_FOUND", field="contact_id",
                         actor=access.current().actor.encode())  # fmt: skip
            raise access.NotYours("no such contact", field="contact_id")
        return str(uuid.UUID(contact_id))

    def _is_of(self, contact_id: str, member_id: str) -> bool:
        try:
            named = uuid.UUID(contact_id)
        except ValueError:
            return False
        if self._key is None or named.version != 8:
            return False
        made = hmac.digest(self._key, named.bytes[:8] + member_id.encode(), "sha256")[:8]
        tag = (int.from_bytes(made, "big") & _TAG | 1 << 63).to_bytes(8, "big")
        return hmac.compare_digest(tag, named.bytes[8:])
