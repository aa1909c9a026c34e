"""What member announces of guests."""

from kit.postgres import Tx
from omo.member.v1.member_events_pb2 import MemberMerged
from services.order.guests.claims import GuestClaims

# why an id means a member: not that two were made one
REASON = "GUEST_PROVEN"


class GuestReactions:
    """A guest's id means a member from now on."""

    def __init__(self, claims: GuestClaims) -> None:
        self._claims = claims

    async def on_members_merged(self, tx: Tx, events: list[MemberMerged]) -> None:
        """His orders follow; whom other ids mean is the aliases' to know."""
        found = {event.absorbed_member_id: event.member_id for event in events if event.meta.reason == REASON}
        for guest_id, member_id in sorted(found.items()):
            await self._claims.found(tx, guest_id, member_id)
