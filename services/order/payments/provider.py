"""The contract that every payment provider is spoken to by; each call is idempotent by our own key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from services.order.payments.domain import Ask, Charge, Declined, Notification, Outcome, Wait


class Provider(Protocol):
    """One payment provider. Calls raise ProviderAway where no answer came that can be trusted."""

    @property
    def name(self) -> str:
        """How orders name it."""

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        """Secures the amount under the ask's key; asked again it does nothing again and says where it stands."""

    async def capture(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        """Takes a part of what was authorised; None means taken."""

    async def void(self, charge: Charge, timeout: float) -> None:
        """Gives up what was authorised and not captured. One that comes first makes a late authorise fail."""

    async def refund(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | Wait | None:
        """Gives back a part of what was captured; None means given, Wait that a notification will say."""

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification | None:
        """The notification in a body whose signature is good, None if it is about nothing of ours.

        Raises SignatureInvalid.
        """

    async def close(self) -> None:
        """Closes its connections."""


Providers = Mapping[str, Provider]
