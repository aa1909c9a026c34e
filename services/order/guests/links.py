"""Makes and checks the secrets of guests' orders: derived from its id, so that nothing is kept that leaks."""

import base64
import hmac
import uuid

_BYTES = 24


class GuestLinks:
    """The process's key of links."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"omo guest orders", "sha256")

    def make(self, order_id: str) -> str:
        """The secret of an order, the same each time."""
        made = hmac.digest(self._key, b"order" + uuid.UUID(order_id).bytes, "sha256")[:_BYTES]
        return base64.urlsafe_b64encode(made).decode()

    def fits(self, order_id: str, secret: str) -> bool:
        """Whether it is the order's; asked of an order that there is not it takes as long."""
        return hmac.compare_digest(self.make(order_id).encode(), secret.encode())

    def scope(self, network: str) -> bytes:
        """Under what the misses of a network are counted: a keyed hash, for a network may be a household."""
        return hmac.digest(self._key, b"network" + network.encode(), "sha256")
