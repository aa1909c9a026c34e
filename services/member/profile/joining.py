"""Wishes of two members who turn out to be one, and of one who turns out to be two."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.profile import store
from services.member.profile.usecases import Profile


class WishesPart:
    """The absorbed one's own list stays as it was, out of sight: it is what he gets back."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """How many wishes are not on the survivor's list yet."""
        mine = {row.sku for row in await store.of_member(tx, survivor_id)}
        fresh = [row for row in await store.of_member(tx, absorbed_id) if row.sku not in mine]
        return [Gain("WISH", len(fresh))] if fresh else []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Puts them on the survivor's list, notes sealed anew; one that is there stays as it was first noted."""
        came = await self._profile.copy_wishes(tx, merge.absorbed_id, merge.survivor_id)
        await store_moves.note_all(tx, merge.merge_id, "wish", came)
        if merge.final:  # nothing stays that only the old key opens
            await store.leave(tx, merge.absorbed_id)

    async def part(self, tx: Tx, merge: Merge, _parting: Parting) -> None:
        """Takes off what came; what was taken off since comes off the absorbed one's list too: it was his doing."""
        for sku in await store_moves.of(tx, merge.merge_id, "wish"):
            if not await self._profile.take_off(tx, merge.survivor_id, sku):
                await self._profile.take_off(tx, merge.absorbed_id, sku)
