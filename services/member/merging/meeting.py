"""Settles what is proved to belong to two members, and what has moved from one person to another."""

from datetime import datetime

from kit.postgres import Tx
from services.member.identity.domain import By
from services.member.merging.candidates import Candidates
from services.member.merging.cases import Cases
from services.member.merging.domain import Proof
from services.member.merging.domain_cases import Reason, freezes


class Meetings:
    """What identity asks when proofs of one person lead to two members."""

    def __init__(self, candidates: Candidates, cases: Cases) -> None:
        self._candidates = candidates
        self._cases = cases

    async def proven(self, tx: Tx, member_id: str, other_id: str, kind: By, now: datetime) -> None:  # noqa: ARG002
        """A merge is his to ask for, for a while."""
        await self._candidates.prove(tx, member_id, other_id, Proof(kind.value.upper()))

    async def shared(self, tx: Tx, member_id: str, other_id: str, kind: By) -> None:
        """Somebody showed to be his what another has, such as a card at a till: a person looks, and decides."""
        await self._candidates.notice(tx, member_id, other_id, kind.value)

    async def recycled(self, tx: Tx, holder_id: str, other_id: str, now: datetime) -> None:  # noqa: ARG002
        """Nobody spends what the old holder has before a person has looked."""
        await self._cases.open(tx, holder_id, By.PHONE, Reason.PHONE_RECYCLED, frozen=True, other_id=other_id or None)

    async def demoted(self, tx: Tx, holder_id: str, other_id: str, now: datetime) -> None:  # noqa: ARG002
        """Who proved a number has it; what the account has that it was typed into stays its owner's."""
        await self._candidates.notice(tx, other_id, holder_id, By.PHONE.value)
        await self._cases.open(tx, holder_id, By.PHONE, Reason.PHONE_DEMOTED, frozen=False, other_id=other_id)

    async def disputed(
        self, tx: Tx, member_id: str, kind: By, *, account: bool, proved: bool, last: bool
    ) -> tuple[str, bool]:
        """Somebody says that it is not his; opens a case, and says whether what the account has waits for it."""
        reason = Reason.NOT_MY_ACCOUNT if account else Reason.NOT_MY_NUMBER
        frozen = freezes(reason, proved=proved, last=last)
        return await self._cases.open(tx, member_id, kind, reason, frozen=frozen), frozen
