"""Makes two members one, and one two again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from kit import access, outbox
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.access.sessions import Sessions
from services.member.merging import domain, store, store_candidates, store_moves, wire
from services.member.merging.candidates import Candidates
from services.member.merging.domain import (
    Candidate,
    Done,
    MergeCovered,
    MergeFinal,
    MergeUnknown,
    MergeUnproven,
    Origin,
)
from services.member.merging.parts import Merge, Part, Parting
from services.member.merging.preview import Pair, Preview, Sight

AUDIENCE = "shop"
TILL_REASON = "ENROLLED_AGAIN"


class Merging:
    """One transaction each: the alias, every capability's part, the event."""

    def __init__(self, sight: Sight, candidates: Candidates, sessions: Sessions, clock: Clock, undo_days: int) -> None:
        self._sight = sight
        self._candidates = candidates
        self._sessions = sessions
        self._clock = clock
        self._undo = timedelta(days=undo_days)
        self._parts: Sequence[Part] = ()

    def bring(self, parts: Sequence[Part]) -> None:
        """Says what every capability does; in this order: some follow what others have moved."""
        self._parts = tuple(parts)

    async def preview(self, tx: Tx, one: str, other: str, winners: Mapping[str, str]) -> Preview:
        """What it would do; shoppers see it once they have proved that both are theirs."""
        candidate = await store_candidates.of_pair(tx, one, other)
        pair = await self._sight.pair(tx, one, other, candidate.agreements if candidate else ())
        self._refuse_unproven(candidate)
        return await self._sight.preview(tx, pair, winners, self._parts)

    async def merge(
        self, tx: Tx, one: str, other: str, winners: Mapping[str, str], reason: str, insisted: bool
    ) -> Done:
        """What both have is the survivor's from now on."""
        await store.lock(tx, [one, other])
        candidate = await store_candidates.of_pair(tx, one, other)
        pair = await self._sight.pair(tx, one, other, candidate.agreements if candidate else ())
        proven = self._refuse_unproven(candidate)
        proof = candidate.proof if candidate and proven else ""
        domain.refuse_blocked(pair.likeness, proof, insisted)
        done = self._done(pair, Origin.SHOPPER if proven else Origin.STAFF, proof, reason)
        await self._join(tx, done, winners)
        await self._candidates.merged(tx, done)
        version = await store.touch(tx, done.survivor_id)
        await outbox.append(tx, wire.merged(done, version))
        return done

    async def absorb_at_till(self, tx: Tx, absorbed_id: str, member_id: str) -> None:
        """A till's second id for a known member; whoever made it an alias has told of it."""
        now = self._clock()
        done = Done(uuid7(), member_id, absorbed_id, Origin.TILL, "", TILL_REASON, now, None, None)
        await store.insert(tx, done, access.current().actor)
        await self._bring_in(tx, done, {})

    async def undo(self, tx: Tx, merge_id: str, order_ids: Sequence[str], reason: str) -> Done:
        """What came with the absorbed one is his again; both sign in again."""
        now = self._clock()
        done = await self._standing(tx, merge_id)
        await self._refuse_strange(tx, done.survivor_id, order_ids)
        noted = await store_moves.of(tx, merge_id, "alias")
        meant = await store.aliases(tx, list(noted))
        back = [alias_id for alias_id in noted if meant.get(alias_id) == done.survivor_id]
        await store.restore(tx, done.absorbed_id, back)
        ids = [done.absorbed_id, *back]
        await store.assign(tx, order_ids, done.absorbed_id)
        heard = await store.named(tx, ids)
        parting = Parting(now, ids, tuple(sorted({*heard, *order_ids})))
        merge = Merge(merge_id, done.survivor_id, done.absorbed_id, done.business_time)
        for part in self._parts:
            await part.part(tx, merge, parting)
        await store.undo(tx, merge_id, now, reason, access.current().actor)
        for member_id in (done.survivor_id, done.absorbed_id):
            await self._sessions.revoke(tx, AUDIENCE, member_id, "unmerged")
        await store.touch(tx, done.absorbed_id)
        version = await store.touch(tx, done.survivor_id)
        await outbox.append(tx, wire.unmerged(done, back, sorted(set(order_ids)), version, parting))
        return replace(done, undo_time=now, undo_reason=reason)

    async def list(self, tx: Tx, member_id: str) -> list[Done]:
        """In what merges an id stayed or was absorbed."""
        return await store.of_member(tx, member_id)

    async def _standing(self, tx: Tx, merge_id: str) -> Done:
        """The merge, with both members locked; refuses one that cannot be undone."""
        found = await store.get(tx, merge_id)
        if found is None:
            raise MergeUnknown("no such merge", merge_id=merge_id, field="merge_id")
        await store.lock(tx, [found.survivor_id, found.absorbed_id])
        done = await store.get(tx, merge_id)
        assert done is not None, "merges are never deleted"
        domain.refuse_final(done, self._clock())
        if len(await store.people(tx, [done.survivor_id, done.absorbed_id])) < 2:
            raise MergeFinal("one of them was forgotten since", merge_id=merge_id)
        aliases = await store.aliases(tx, [done.survivor_id])
        if done.survivor_id in aliases:
            raise MergeCovered("who stayed was merged since", member_id=aliases[done.survivor_id], merge_id=merge_id)
        return done

    async def _refuse_strange(self, tx: Tx, survivor_id: str, order_ids: Sequence[str]) -> None:
        """Nobody is given what was a third one's."""
        own = await store.orders_of(tx, order_ids, survivor_id) if order_ids else set()
        for at, order_id in enumerate(order_ids):
            if order_id not in own:
                raise invalid(f"order_ids[{at}]", "must be an order of the one who stayed")

    def _refuse_unproven(self, candidate: Candidate | None) -> bool:
        """Whether the shopper himself asks, and has proved it; others need no proof."""
        caller = access.current()
        if caller.kind is not Caller.MEMBER:
            return False
        if candidate is None or not candidate.proves(caller.id, self._clock()):
            raise MergeUnproven("prove that the other account is yours, too", field="other_member_id")
        return True

    def _done(self, pair: Pair, origin: Origin, proof: str, reason: str) -> Done:
        now = self._clock()
        head = (uuid7(), pair.survivor.member_id, pair.absorbed.member_id)
        return Done(*head, origin, proof, reason, now, now + self._undo, None)

    async def _join(self, tx: Tx, done: Done, winners: Mapping[str, str]) -> None:
        await store.insert(tx, done, access.current().actor)
        came = await store.absorb(tx, done.absorbed_id, done.survivor_id, "merged")
        await store_moves.note_all(tx, done.merge_id, "alias", came)
        await self._sessions.revoke(tx, AUDIENCE, done.absorbed_id, "merged")
        await self._bring_in(tx, done, winners)

    async def _bring_in(self, tx: Tx, done: Done, winners: Mapping[str, str]) -> None:
        final = done.undo_until_time is None
        merge = Merge(done.merge_id, done.survivor_id, done.absorbed_id, done.business_time, winners, final)
        for part in self._parts:
            await part.join(tx, merge)
