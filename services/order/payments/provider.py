"""The contract that every payment provider is spoken to by; each call is idempotent by our own key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from services.order.payments.domain import Ask, Declined, Notification, Outcome, Wait


class Provider(Protocol):
    """One payment provider. Calls raise ProviderAway where no answer came that can be trusted."""

    @property
    def name(self) -> str:
        """How orders name it."""

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        """Secures the amount under the order's id; asked again it does nothing again and says where it stands."""

    async def capture(self, order_id: str, key: str, amount: int, timeout: float) -> Declined | None:
        """Takes a part of what was authorised; None means taken."""

    async def void(self, order_id: str, timeout: float) -> None:
        """Gives up what was authorised and not captured. One that comes first makes a late authorise fail."""

    async def refund(self, order_id: str, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        """Gives back a part of what was captured; None means given, Wait that a notification will say."""

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        """The notification in a body whose signature is good; raises SignatureInvalid."""


Providers = Mapping[str, Provider]
