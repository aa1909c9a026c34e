"""What becomes of lots of value when two members turn out to be one person, or two after all."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.value import store

MOVES = "value_lot"


class ValuePart:
    """Lots move with all that is held of them; each remembers whose it was."""

    async def preview(self, tx: Tx, _survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """By kind: how many lots, and how much is in them."""
        return [Gain(kind.name, count, amount) for kind, count, amount in await store.gains(tx, absorbed_id)]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """All lots, the used up ones too: what is returned later goes into them."""
        lot_ids = await store.rehome(tx, merge.absorbed_id, merge.survivor_id)
        await store_moves.note_all(tx, merge.merge_id, MOVES, sorted(lot_ids))

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Back goes what came and is still there; what it paid for meanwhile stays paid."""
        lot_ids = sorted(await store_moves.of(tx, merge.merge_id, MOVES))
        await store.part(tx, merge.survivor_id, merge.absorbed_id, lot_ids, parting.order_ids)


PART = ValuePart()
