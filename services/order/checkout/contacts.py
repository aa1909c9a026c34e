"""Tells whose a contact id is, without asking member, which made it."""

import hmac
import uuid

from kit import access
from kit.postgres import Database
from kit.telemetry import logs
from services.order.reference import store_aliases

_TAG = (1 << 62) - 1

_log = logs.get(__name__)


class ContactIds:
    """Knows by a keyed hash inside each contact id for which member it was sealed."""

    def __init__(self, db: Database, service_secret: str) -> None:
        self._db = db
        # the secret that order and member share; without one nobody's contacts can be told apart, so none is taken
        self._key = hmac.digest(service_secret.encode(), b"omo contact ids", "sha256") if service_secret else None

    async def own(self, contact_id: str, member_id: str | None) -> str:
        """The contact id, if it was sealed for this member; refuses any other, and says so in the log."""
        if not contact_id:
            return ""
        named = _named(contact_id)
        if member_id is None or named is None or not await self._is_of(named, member_id):
            _log.warning("an order named a contact that is not its member's", reason="NOT_FOUND", field="contact_id",
                         actor=access.current().actor.encode())  # fmt: skip
            raise access.NotYours("no such contact", field="contact_id")
        return str(named)

    async def _is_of(self, named: uuid.UUID, member_id: str) -> bool:
        """Under whichever of the member's ids it was sealed; who was never merged costs no question."""
        if self._is_sealed_for(named, member_id):
            return True
        async with self._db.read() as tx:
            ids = await store_aliases.ids(tx, member_id)
        return any(self._is_sealed_for(named, one) for one in ids)

    def _is_sealed_for(self, named: uuid.UUID, member_id: str) -> bool:
        if self._key is None:
            return False
        made = hmac.digest(self._key, named.bytes[:8] + member_id.encode(), "sha256")[:8]
        tag = (int.from_bytes(made, "big") & _TAG | 1 << 63).to_bytes(8, "big")
        return hmac.compare_digest(tag, named.bytes[8:])


def _named(contact_id: str) -> uuid.UUID | None:
    try:
        named = uuid.UUID(contact_id)
    except ValueError:
        return None
    return named if named.version == 8 else None
