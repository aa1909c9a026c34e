"""Birthdays and first store purchases of two members who turn out to be one; benefits themselves are lots of value."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.benefits import store
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting

_KIND = "birthday"


class BenefitsPart:
    """The survivor keeps the birthday that he told; else he takes over the other's."""

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """Whose birthday would count."""
        told = await store.birthdays(tx, [survivor_id, absorbed_id])
        if absorbed_id not in told:
            return []
        differ = survivor_id in told and told[survivor_id] != told[absorbed_id]
        return [Gain("BIRTHDAY", 1, conflict="BIRTHDAY_DIFFERS" if differ else "")]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """What one bought in a store first, both did."""
        if await store.take_birthday(tx, merge.absorbed_id, merge.survivor_id):
            await store_moves.note_all(tx, merge.merge_id, _KIND, [merge.absorbed_id])
        await store.take_bought(tx, merge.absorbed_id, merge.survivor_id)

    async def part(self, tx: Tx, merge: Merge, _parting: Parting) -> None:
        """A birthday that came goes back; the absorbed one never lost what he bought."""
        if await store_moves.of(tx, merge.merge_id, _KIND):
            await store.take_birthday(tx, merge.survivor_id, merge.absorbed_id)


PART = BenefitsPart()
