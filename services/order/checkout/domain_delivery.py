"""How shipped goods go to the shopper, and as much of where to as choosing a sender needs."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import invalid

STANDARD = "standard"
METHOD = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_POSTAL = re.compile(r"[A-Z0-9][A-Z0-9 -]{0,11}")
_LATEST = timedelta(days=365)
# the first characters name a town or a part of one, the others a street or a house
_ROUTING = 3
# hundredths of a degree, about a kilometre: enough to tell which store is near, too little to tell who lives there
_COARSE = 10_000


@dataclass(frozen=True, slots=True)
class Parked:
    """A line whose task waits until its goods are there, and for their day of release."""

    line_no: int
    offer_id: str
    release_time: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the shopper chose, and whereabouts it goes; an address is his contact's business."""

    shipping_method: str = STANDARD
    """Empty where nothing is shipped."""
    promise_time: datetime | None = None
    country_code: str = ""
    postal_code: str = ""
    # millionths of a degree
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    priority: int = 0
    """The higher, the more urgent, as the brand says of the method; nobody may ask for it otherwise."""
    parked: tuple[Parked, ...] = ()
    collect_location_id: str = ""
    """The store where the shopper collects what is shipped, whoever has it."""

    @property
    def expedited(self) -> bool:
        """Whether it is decided at once, and before the others."""
        return self.priority > 0


def checked(given: Delivery, now: datetime, methods: Mapping[str, int]) -> Delivery:
    """The delivery, if it can be kept by one of the brand's methods; where it goes only roughly."""
    offered(given, methods)
    if given.promise_time is not None and not now < given.promise_time < now + _LATEST:
        raise invalid("delivery.promise_time", "must lie ahead, by less than a year")
    if given.country_code and not _COUNTRY.fullmatch(given.country_code):
        raise invalid("delivery.destination.country_code", "must be two capital letters")
    if given.postal_code and not _POSTAL.fullmatch(given.postal_code):
        raise invalid("delivery.destination.postal_code", "must be 1 to 12 capital letters, digits, spaces and -")
    if (given.latitude_e6 is None) != (given.longitude_e6 is None):
        raise invalid("delivery.destination.longitude_e6", "goes with latitude_e6, and that with it")
    return Delivery(
        given.shipping_method,
        given.promise_time,
        given.country_code,
        given.postal_code[:_ROUTING].rstrip(" -"),
        _coarse("latitude_e6", given.latitude_e6, 90_000_000),
        _coarse("longitude_e6", given.longitude_e6, 180_000_000),
        methods[given.shipping_method],
        collect_location_id=given.collect_location_id,
    )


def offered(given: Delivery, methods: Collection[str]) -> None:
    """Refuses a way to ship that is none of the brand's."""
    if given.shipping_method not in methods:
        raise invalid("delivery.shipping_method", f"must be one of {', '.join(sorted(methods))}")


def _coarse(field: str, given: int | None, most: int) -> int | None:
    if given is None:
        return None
    if abs(given) > most:
        raise invalid(f"delivery.destination.{field}", f"must be -{most} to {most}")
    return round(given / _COARSE) * _COARSE
