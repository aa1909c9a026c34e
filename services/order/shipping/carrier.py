"""The contract that every carrier is spoken to by; each call is idempotent by our own key of the shipment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.errors import Code, Fault
from services.order.fulfilment.domain_parcels import Word


class CarrierAway(Fault):
    """No answer came that can be trusted."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class UnknownCarrier(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "UNKNOWN_CARRIER"


@dataclass(frozen=True, slots=True)
class Address:
    """What a label needs of somebody; of the shopper it lives as long as the call, and is kept nowhere here."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel as its carrier is told of it."""

    key: str
    order_no: str
    service: str
    weight_grams: int
    sender: str
    to: Address


@dataclass(frozen=True, slots=True)
class Booked:
    """They come for it."""

    tracking_no: str
    tracking_url: str


@dataclass(frozen=True, slots=True)
class Refused:
    """They will not take it so."""

    code: str


class Carrier(Protocol):
    """One carrier. Calls raise CarrierAway where no answer came that can be trusted."""

    @property
    def name(self) -> str:
        """How parcels name it."""

    async def book(self, shipment: Shipment, timeout: float) -> Booked | Refused:
        """Has them come; asked again under the same key it does nothing again and says where it stands."""

    async def call_off(self, key: str, timeout: float) -> None:
        """Has them not come. One that comes first makes a late booking fail."""

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Word]:
        """What a body with a good signature says of shipments; raises SignatureInvalid."""


class Carriers:
    """Those of the brand, by name."""

    def __init__(self, given: Sequence[Carrier]) -> None:
        self._by_name = {one.name: one for one in given}

    def named(self, name: str, default: str = "") -> Carrier:
        """The one of that name; with none, the brand's own choice, or the only one there is."""
        wanted = name or default or (next(iter(self._by_name)) if len(self._by_name) == 1 else "")
        found = self._by_name.get(wanted)
        if found is None:
            known = ",".join(sorted(self._by_name))
            raise UnknownCarrier(f"no carrier is called {wanted!r}", carrier=wanted, carriers=known)
        return found
