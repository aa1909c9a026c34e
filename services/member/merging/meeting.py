"""Settles what is proved to belong to two members, and what has moved from one person to another."""

from datetime import datetime

from kit.postgres import Tx
from services.member.identity.domain import By
from services.member.merging.candidates import Candidates
from services.member.merging.domain import Proof
from services.member.merging.freezing import RECYCLED, Freezing


class Meetings:
    """What identity asks when proofs of one person lead to two members."""

    def __init__(self, candidates: Candidates, freezing: Freezing) -> None:
        self._candidates = candidates
        self._freezing = freezing

    async def proven(self, tx: Tx, member_id: str, other_id: str, kind: By, now: datetime) -> None:  # noqa: ARG002
        """A merge is his to ask for, for a while."""
        await self._candidates.prove(tx, member_id, other_id, Proof(kind.value.upper()))

    async def shared(self, tx: Tx, member_id: str, other_id: str, kind: By) -> None:
        """Somebody showed to be his what another has, such as a card at a till: a person looks, and decides."""
        await self._candidates.notice(tx, member_id, other_id, kind.value)

    async def recycled(self, tx: Tx, holder_id: str, other_id: str, now: datetime) -> None:  # noqa: ARG002
        """Nobody spends what the old holder has before a person has looked."""
        await self._freezing.freeze(tx, holder_id, RECYCLED, other_id or None)
