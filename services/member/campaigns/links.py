"""Makes the tokens of links by which shoppers answer order's questions: order reads them, by the secret of both."""

import base64
import hmac
import uuid
from datetime import datetime

_PREFIX, _MAC = "OMOP1.", 16


class PickupLinks:
    """Without the secret there is no link: the shopper finds the question beside his order."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"omo pickup links", "sha256") if secret else b""

    def make(self, choice_id: str, until: datetime) -> str:
        """The token of a question that may be answered until then."""
        if not self._key:
            return ""
        head = uuid.UUID(choice_id).bytes + int(until.timestamp()).to_bytes(8, "big")
        signed = head + hmac.digest(self._key, head, "sha256")[:_MAC]
        return _PREFIX + base64.urlsafe_b64encode(signed).decode().rstrip("=")
