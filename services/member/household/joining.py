"""Shared cards of two members who turn out to be one."""

from collections.abc import Sequence

from kit.clock import Clock
from kit.postgres import Tx
from services.member.household import store
from services.member.household.pots import Pots
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting


class HouseholdPart:
    """The survivor's own card stays; without one he shares the other's. A pot whose owner is gone is the survivor's."""

    def __init__(self, pots: Pots, clock: Clock) -> None:
        self._pots = pots
        self._clock = clock

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """Whether a card comes along, or stands against the survivor's own."""
        mine, theirs = await store.of_member(tx, survivor_id), await store.of_member(tx, absorbed_id)
        if theirs is None or (mine and mine.household_id == theirs.household_id):
            return []
        return [Gain("HOUSEHOLD", 1, conflict="HOUSEHOLD_DIFFERS" if mine else "")]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """He shares in the absorbed one's stead; of two cards his own stays, and the other loses a member or ends."""
        mine, theirs = await store.of_member(tx, merge.survivor_id), await store.of_member(tx, merge.absorbed_id)
        if theirs is None:
            return
        if mine is None:
            await store.replace(tx, merge.absorbed_id, merge.survivor_id)
            await store_moves.note_all(tx, merge.merge_id, "household", [theirs.household_id])
        elif theirs.owner_id == merge.absorbed_id and mine.household_id != theirs.household_id:
            await self._pots.empty(tx, theirs.household_id, merge.survivor_id)
            await store.end(tx, theirs.household_id, self._clock())
        else:
            await store.leave(tx, theirs.household_id, merge.absorbed_id, self._clock())
            if theirs.owner_id == merge.absorbed_id:
                await store.own(tx, merge.absorbed_id, merge.survivor_id)

    async def part(self, tx: Tx, merge: Merge, _parting: Parting) -> None:
        """Gives the place back if the survivor has it still; a household that ended meanwhile does not begin again."""
        noted = await store_moves.of(tx, merge.merge_id, "household")
        present = await store.of_member(tx, merge.survivor_id)
        if present and present.household_id in noted:
            await store.replace(tx, merge.survivor_id, merge.absorbed_id)
