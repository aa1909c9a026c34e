"""Pairs that may be one person: found, proved by the shopper, looked at by people."""

from collections.abc import Sequence

from kit import access
from kit.clock import Clock
from kit.errors import Fault
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.merging import domain, store_candidates
from services.member.merging.domain import Candidate, CandidateUnknown, Done, Origin
from services.member.merging.preview import Pair, Sight

MERGED, DISMISSED = "MERGED", "DISMISSED"
ELSEWHERE = "MERGED_ELSEWHERE"


class Candidates:
    """The review queue."""

    def __init__(self, sight: Sight, clock: Clock) -> None:
        self._sight = sight
        self._clock = clock

    async def propose(self, tx: Tx, one: str, other: str, seen: Sequence[str], origin: Origin) -> str | None:
        """Puts a pair of whom somebody has shown `seen` to be both's into the queue, if that is worth a look."""
        pair = await self._sight.pair(tx, one, other, seen)
        if pair.likeness.score < domain.WORTH_A_LOOK and not pair.likeness.blocked_by:
            return None
        return await store_candidates.propose(tx, self._candidate(pair, origin))

    async def notice(self, tx: Tx, one: str, other: str, kind: str) -> None:
        """Puts a pair that a store has come upon into the queue; facts are never refused, so neither is this."""
        at_till = access.current().actor.kind in (access.Kind.STAFF, access.Kind.DEVICE)
        try:
            await self.propose(tx, one, other, [kind], Origin.TILL if at_till else Origin.STAFF)
        except Fault:  # a till's id of which nobody enrolled yet, or one person by now
            return

    async def prove(self, tx: Tx, member_id: str, other_id: str, proof: domain.Proof) -> str:
        """A member has proved that another account is his: for a while he may merge them himself."""
        pair = await self._sight.pair(tx, member_id, other_id, [proof.value.lower()])
        return await store_candidates.propose(tx, self._candidate(pair, Origin.SHOPPER, proof.value, member_id))

    async def dismiss(self, tx: Tx, candidate_id: str, reason: str) -> Candidate:
        """A person says that they are two."""
        found = await store_candidates.get(tx, candidate_id)
        if found is None:
            raise CandidateUnknown("no such pair in the queue", candidate_id=candidate_id, field="candidate_id")
        actor = access.current().actor
        await store_candidates.settle(tx, candidate_id, DISMISSED, self._clock(), reason, actor)
        return found

    async def merged(self, tx: Tx, done: Done) -> None:
        """Settles the pair, and asks of others that were like the absorbed one whether they are like the survivor."""
        now, actor = self._clock(), access.current().actor
        for one in await store_candidates.of_member(tx, done.absorbed_id):
            other_id = one.other(done.absorbed_id)
            if other_id == done.survivor_id:
                await store_candidates.settle(tx, one.candidate_id, MERGED, now, done.reason, actor)
                continue
            await store_candidates.settle(tx, one.candidate_id, DISMISSED, now, ELSEWHERE, actor)
            await self.propose(tx, done.survivor_id, other_id, one.agreements, Origin(one.origin))

    def _candidate(self, pair: Pair, origin: Origin, proof: str = "", proven_by: str | None = None) -> Candidate:
        now, like = self._clock(), pair.likeness
        lower, upper = sorted((pair.survivor.member_id, pair.absorbed.member_id))
        until = now + domain.PROOF_LIFE if proof else None
        return Candidate(
            uuid7(), lower, upper, "OPEN", like.score, like.agreements, like.disagreements, origin.value, proof,
            proven_by, until, now,
        )  # fmt: skip
