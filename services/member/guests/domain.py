"""Guests: what they tell, how long they are guests, and until when they can turn out to be somebody."""

from dataclasses import dataclass, field
from datetime import timedelta

from kit.errors import Code, Fault
from services.member.identity.domain import Limit

TOKEN_LIFE = timedelta(minutes=30)
# a number may be somebody else's one day
CLAIM_WITHIN = timedelta(days=90)
# and whoever has lost it keeps his session: what he proved before he lost it is no proof of what was ordered after
PROVED_WITHIN = timedelta(minutes=10)
AUDIENCE = "guest"
# Windows of checkouts, not of codes: a family orders from one telephone, an office or a carrier from one network.
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = (Limit(5, _HOUR), Limit(10, _DAY))
DEVICE = (Limit(10, _DAY),)
NETWORK = (Limit(200, _HOUR),)
PREFIX = (Limit(100, timedelta(minutes=10)),)
# why an id means a member: order hears it
PROVEN = "GUEST_PROVEN"


class GuestLimited(Fault):
    """Too many guests by the same number, device, network or prefix."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "GUEST_LIMITED"


class GuestClaimed(Fault):
    """The guest has proved who he is: he signs in."""

    code = Code.FAILED_PRECONDITION
    reason = "GUEST_CLAIMED"


@dataclass(frozen=True, slots=True)
class Told:
    """What a guest says of himself, and where he asks from."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    address: str = field(repr=False)
    device_id: str
    client_address: str
