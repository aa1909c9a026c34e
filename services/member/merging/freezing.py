"""Keeps what a member has from being spent until a person has looked."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, outbox
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.merging import store, store_freezes, store_moves, wire
from services.member.merging.domain import Freeze, ValueNotFrozen
from services.member.merging.parts import Gain, Merge, Parting


class Freezing:
    """Whose value waits, and who lets it go."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def freeze(self, tx: Tx, member_id: str, reason: str, other_id: str | None) -> None:
        """Nothing can be spent from now on."""
        now = self._clock()
        if await store_freezes.freeze(tx, Freeze(uuid7(), member_id, reason, other_id, now)):
            version = await store.touch(tx, member_id)
            await outbox.append(tx, wire.frozen(member_id, reason, version, now))

    async def release(self, tx: Tx, member_id: str, reason: str) -> Freeze:
        """A person has looked: everything can be spent again."""
        now = self._clock()
        released = await store_freezes.release(tx, member_id, now, reason, access.current().actor)
        if released is None:
            raise ValueNotFrozen("nothing of this member's is frozen", member_id=member_id)
        version = await store.touch(tx, member_id)
        await outbox.append(tx, wire.released(member_id, reason, version, now))
        return released


class FreezePart:
    """Merging thaws nothing: what was frozen freezes what it is merged into."""

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """Whether the survivor could not spend afterwards."""
        found = [one for one in (survivor_id, absorbed_id) if await store_freezes.frozen(tx, one)]
        return [Gain("VALUE_FROZEN", len(found), conflict="VALUE_FROZEN")] if found else []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Freezes the survivor too, and keeps whose it was."""
        had = await store_freezes.standing(tx, merge.absorbed_id)
        if had is None:
            return
        if await store_freezes.freeze(tx, replace(had, freeze_id=uuid7(), member_id=merge.survivor_id)):
            await store_moves.note_all(tx, merge.merge_id, "value_freeze", [merge.survivor_id])

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Frees a survivor who was frozen by that alone; who was frozen himself stays so until a person has looked."""
        actor = access.current().actor
        for member_id in await store_moves.of(tx, merge.merge_id, "value_freeze"):
            await store_freezes.release(tx, member_id, parting.business_time, "UNMERGED", actor)
