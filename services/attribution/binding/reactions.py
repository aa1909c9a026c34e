"""What member announces, as far as bindings care."""

from kit.postgres import Tx
from omo.member.v1 import member_events_pb2 as events
from omo.member.v1 import merging_events_pb2
from services.attribution.binding import wire
from services.attribution.binding.merging import Mergers
from services.attribution.binding.usecases import Bindings


class BindingReactions:
    """One method per event heard."""

    def __init__(self, bindings: Bindings, mergers: Mergers) -> None:
        self._bindings = bindings
        self._mergers = mergers

    async def on_members_enrolled(self, tx: Tx, heard: list[events.MemberEnrolled]) -> None:
        """Keeps who enrolled whom."""
        found = {event.member_id: wire.enrolment(event) for event in heard if event.enrolled_staff_code}
        if found:
            await self._bindings.enrolled(tx, found)

    async def on_members_merged(self, tx: Tx, heard: list[events.MemberMerged]) -> None:
        """Re-keys what is known of absorbed ids."""
        await self._mergers.hear(tx, [wire.merger(event) for event in heard])

    async def on_members_unmerged(self, tx: Tx, heard: list[merging_events_pb2.MemberUnmerged]) -> None:
        """Gives it back to the id under which it came."""
        await self._mergers.hear(tx, [wire.parted(event) for event in heard])

    async def on_staff_changed(self, tx: Tx, heard: list[events.StaffChanged]) -> None:
        """Keeps the newest state of each staff member."""
        await self._bindings.staff_changed(tx, [wire.staff(event) for event in heard])
