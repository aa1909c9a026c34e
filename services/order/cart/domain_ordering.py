"""The wish to make an order of a cart."""

from dataclasses import dataclass

from services.order.checkout.domain_placing import Placing


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cart as of which version, how it is paid, and what the shopper thinks it costs."""

    cart_id: str
    version: int
    client_id: str
    placing: Placing
    expected_total: int | None
    token: str = ""
