"""Somebody says that an account or a number is not his: it is detached, and what must wait waits."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

from kit import access, requests
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identifiers_service_pb2 as pb
from services.member.access.sessions import Sessions
from services.member.identifiers import store_logins
from services.member.identifiers.usecases import LOGINS, Identifiers
from services.member.identity import reading, store
from services.member.identity.arrivals import AUDIENCE
from services.member.identity.domain import By, Identifier, Member
from services.member.identity.domain_rules import Ending, IdentifierUnknown
from services.member.identity.matching import Matching
from services.member.identity.sharing import Sharing


class Desk(Protocol):
    """Whoever looks at what is disputed."""

    def disputed(
        self, tx: Tx, member_id: str, kind: By, *, account: bool, proved: bool, last: bool
    ) -> Awaitable[tuple[str, bool]]:
        """Opens a case: its id, and whether what he has is frozen."""


class Disputes:
    """The verb of whoever stands in the wrong account, and of the staff member in front of him."""

    def __init__(
        self,
        db: Database,
        identifiers: Identifiers,
        matching: Matching,
        sharing: Sharing,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._db = db
        self._identifiers = identifiers
        self._matching = matching
        self._sharing = sharing
        self._sessions = sessions
        self._clock = clock
        self._desk: Desk | None = None

    def judged_by(self, desk: Desk) -> None:
        """Says who looks."""
        self._desk = desk

    async def dispute(
        self, request: Request, member_id: str, identifier_id: str, kind: By | None, value: str, *, account: bool
    ) -> pb.DisputeIdentifierResponse:
        """It is not his: the identifier goes, also the last way to sign in."""

        async def work(tx: Tx) -> pb.DisputeIdentifierResponse:
            member = await self._identifiers.member(tx, member_id)
            await store.touch(tx, member.member_id)
            member = await self._identifiers.member(tx, member_id)
            now = self._clock()
            if access.current().kind is not Caller.MEMBER:
                await reading.note(tx, now, "DisputeIdentifier", member_id=member.member_id)
            one = await self._meant(tx, member, identifier_id, kind, value)
            return await self._detach(tx, member, one, now, account=account)

        return await requests.once(self._db, request, work, pb.DisputeIdentifierResponse)

    async def _detach(
        self, tx: Tx, member: Member, one: Identifier, now: datetime, *, account: bool
    ) -> pb.DisputeIdentifierResponse:
        if await self._sharing.end(tx, member.member_id, one):
            proved = last = False
        else:
            had = next((it for it in member.identifiers if (it.kind, it.value) == (one.kind, one.value)), None)
            if had is None:
                raise IdentifierUnknown("he has no such identifier", field="value")
            await self._matching.end(tx, member.member_id, had, now, Ending.DISPUTED)
            proved, last = had.verify_time is not None, await self._locked_out(tx, member, had)
        assert self._desk is not None
        case_id, frozen = await self._desk.disputed(
            tx, member.member_id, one.kind, account=account, proved=proved, last=last
        )
        if frozen:
            await self._sessions.revoke(tx, AUDIENCE, member.member_id, "disputed")
        return pb.DisputeIdentifierResponse(case_id=case_id, value_frozen=frozen)

    async def _meant(self, tx: Tx, member: Member, identifier_id: str, kind: By | None, value: str) -> Identifier:
        if identifier_id:
            return self._identifiers.named(member, identifier_id)
        if kind is None:
            raise invalid("kind", "must be given with value, or identifier_id")
        return await self._identifiers.read(tx, kind, value)

    async def _locked_out(self, tx: Tx, member: Member, one: Identifier) -> bool:
        """Whether the owner of the account has no way in any more."""
        if one.kind not in LOGINS or member.claim_time is None:
            return False
        others = [it for it in member.identifiers if it.kind in LOGINS and it != one]
        return not others and not await store_logins.passkeys(tx, member.member_id)
