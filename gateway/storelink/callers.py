"""Who asks at the door: the device, and beside it the staff member signed in on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kit import access
from kit.access import Denied, Kind, Principal
from kit.rpc import metadata
from kit.tokens import TokenVerifier

STAFF = "omo-staff"


@dataclass(frozen=True, slots=True)
class Caller:
    """The store that asks, and the staff member who stands there, if one has signed in."""

    location_id: str
    staff_code: str


class Callers:
    """Reads the second token of a call."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def staff(self, context: Any) -> Principal | None:
        """The staff member whose token came along; one of another terminal is refused."""
        _, _, token = metadata.read(context.invocation_metadata(), STAFF).partition(" ")
        if not token:
            return None
        device, staff = access.current(), await self._verifier.verify(token.strip())
        foreign = staff.terminal_id not in ("", device.terminal_id or device.id)
        if staff.kind is not Kind.STAFF or foreign:
            raise Denied("the staff token is not of this terminal", field=STAFF)
        return staff


@contextmanager
def asking(staff: Principal | None) -> Iterator[Caller]:
    """Asks owners as the staff member where there is one, else as the device."""
    device = access.current()
    location_id = device.location_ids[0] if device.location_ids else ""
    with access.acting_as(staff or device) as principal:
        yield Caller(location_id, principal.staff_code)
