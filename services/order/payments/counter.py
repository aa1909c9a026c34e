"""The till as a provider: it secures nothing, and has what was received there when goods are handed over."""

from collections.abc import Mapping
from datetime import datetime

from services.order.payments.domain import (
    COUNTER,
    Ask,
    Authorised,
    Charge,
    Declined,
    Notification,
    Outcome,
    SignatureInvalid,
)

# our own words, beside the providers'
UNPAID, AT_THE_TILL = "unpaid", "at_the_till"


class Counter:
    """The provider `counter`; what tills take and give is journalled by services.order.payments.till."""

    name = COUNTER

    async def authorise(self, ask: Ask, timeout: float) -> Outcome:
        return Authorised("")

    async def capture(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        return None if charge.money.drawn - charge.money.captured >= amount else Declined(UNPAID)

    async def void(self, charge: Charge, timeout: float) -> None:
        return

    async def refund(self, charge: Charge, key: str, amount: int, timeout: float) -> Declined | None:
        return Declined(AT_THE_TILL)

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification | None:
        raise SignatureInvalid("tills do not notify")

    async def close(self) -> None:
        return
