"""Vouchers of two members who turn out to be one; what they hold is points and lots, which others move."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.vouchers import store

_KIND = "offline_voucher"


class VouchersPart:
    """What is out follows its hold."""

    async def preview(self, _tx: Tx, _survivor_id: str, _absorbed_id: str) -> Sequence[Gain]:
        """Said with the points and credit that they hold."""
        return []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Also where both have one at the same terminal: each ends by itself."""
        moved = await store.rehome(tx, merge.absorbed_id, merge.survivor_id)
        await store_moves.note_all(tx, merge.merge_id, _KIND, moved)

    async def part(self, tx: Tx, merge: Merge, _parting: Parting) -> None:
        """Gives them back."""
        ids = sorted(await store_moves.of(tx, merge.merge_id, _KIND))
        await store.give_back(tx, merge.survivor_id, merge.absorbed_id, ids)


PART = VouchersPart()
