"""What a member, or somebody on his behalf, adds to and takes from the ways in which he is recognised."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from kit import access, requests
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import member_pb2
from services.member.identifiers import store_logins, wire
from services.member.identity import reading, store, store_rules
from services.member.identity.domain import By, Identifier, IdentifierTaken, Member, MemberUnknown
from services.member.identity.domain_rules import Ending, IdentifierLimited, IdentifierUnknown, LastLogin, Why
from services.member.identity.matching import Matching
from services.member.identity.phones import Phones
from services.member.identity.register import Register
from services.member.vault import Vault

# who may add what by saying so; phones, LINE accounts and e-mail addresses come by proof alone
_ADDED = {
    Caller.MEMBER: frozenset({By.CARD, By.APP_INSTALL, By.WEB}),
    Caller.STAFF: frozenset({By.CARD}),
    Caller.HQ: frozenset({By.CARD, By.EXTERNAL}),
}
LOGINS = frozenset({By.PHONE, By.LINE})


@dataclass(frozen=True, slots=True)
class Names:
    """Names identifiers among a member's own, without telling what they say."""

    vault: Vault

    def of(self, member_id: str, lookup: bytes) -> str:
        """Another name under each member: two who had the same value are not to be told by it."""
        return str(uuid.UUID(bytes=self.vault.digest("identifier id", member_id, lookup.hex())[:16]))


class Identifiers:
    """A member's identifiers."""

    def __init__(
        self, db: Database, vault: Vault, register: Register, matching: Matching, phones: Phones, clock: Clock
    ) -> None:
        self._db = db
        self._names = Names(vault)
        self._register = register
        self._matching = matching
        self._phones = phones
        self._clock = clock

    async def page(self, member_id: str) -> list[member_pb2.Identifier]:
        """Those that he has, then those that he had."""
        async with self._db.transaction() as tx:
            member = await self.member(tx, member_id)
            await self._note(tx, "ListIdentifiers", member)
            gone = await store_rules.ended(tx, member.member_id)
        own = access.current().kind is Caller.MEMBER
        present = [wire.identifier(one, self._name(member, one), own=own) for one in member.identifiers]
        return present + [wire.ended(one, self._names.of(member.member_id, one.lookup)) for one in gone]

    async def add(self, request: Request, member_id: str, kind: By, value: str) -> pb.AddIdentifierResponse:
        """One more; what he has already stays as it is."""
        caller, now = access.current(), self._clock()
        if kind not in _ADDED.get(caller.kind, frozenset()):
            raise invalid("kind", "must be one that may be said without a proof")

        asked: list[Identifier] = []

        async def work(tx: Tx) -> pb.AddIdentifierResponse:
            member = await self.member(tx, member_id)
            rules = await self._matching.rulebook.current(tx)
            normalised = rules.normalised(kind, value)
            if normalised is None:
                raise invalid("value", "must be one of its kind, with the right check digit, and no placeholder")
            wanted = Identifier(kind, normalised, _source(caller.kind), None, now)
            rules.refuse_blocked(wanted, "value")
            asked[:] = [wanted]
            await self.give(tx, member.member_id, wanted, "value")
            await self._note(tx, "AddIdentifier", member)
            after = await self._register.get(tx, member.member_id)
            assert after is not None
            had = next(one for one in after.identifiers if (one.kind, one.value) == (kind, normalised))
            own = caller.kind is Caller.MEMBER
            return pb.AddIdentifierResponse(identifier=wire.identifier(had, self._name(after, had), own=own))

        async with self.noticing(member_id, asked):
            return await requests.once(self._db, request, work, pb.AddIdentifierResponse)

    @contextlib.asynccontextmanager
    async def noticing(self, member_id: str, asked: Sequence[Identifier]) -> AsyncIterator[None]:
        """Has a person look at two members who show the same to be theirs, though the second is refused it."""
        try:
            yield
        except IdentifierTaken:
            async with self._db.transaction() as tx:
                await self._matching.tell(tx, await store.resolve(tx, member_id), asked)
            raise

    async def give(self, tx: Tx, member_id: str, wanted: Identifier, field: str) -> None:
        """He has it from now on, or a refusal says why not."""
        await store.touch(tx, member_id)  # from here on nobody else changes him
        for _, why in await self._matching.give(tx, member_id, [wanted], self._clock()):
            if why is Why.TAKEN:
                raise IdentifierTaken(f"{field}: another member has it", field=field)
            raise IdentifierLimited(f"{field}: he has as many as he may have", field=field, kind=wanted.kind)

    async def remove(self, request: Request, member_id: str, identifier_id: str) -> pb.RemoveIdentifierResponse:
        """Forgets it; the last way to sign in stays."""

        async def work(tx: Tx) -> pb.RemoveIdentifierResponse:
            member = await self.member(tx, member_id)
            await store.touch(tx, member.member_id)
            member = await self.member(tx, member_id)
            one = self.named(member, identifier_id)
            await self._refuse_last(tx, member, one)
            await self._note(tx, "RemoveIdentifier", member)
            await self._matching.end(tx, member.member_id, one, self._clock(), Ending.REMOVED)
            return pb.RemoveIdentifierResponse()

        return await requests.once(self._db, request, work, pb.RemoveIdentifierResponse)

    async def member(self, tx: Tx, member_id: str) -> Member:
        """Somebody known; members only themselves, under whichever of their ids."""
        found = await self._register.get(tx, member_id)
        caller = access.current()
        access.require_member(found.member_id if found and caller.id != member_id else member_id)
        if found is None:
            raise MemberUnknown("no such member", field="member_id")
        return found

    def named(self, member: Member, identifier_id: str) -> Identifier:
        """One that he has, by its name."""
        one = next((it for it in member.identifiers if self._name(member, it) == identifier_id), None)
        if one is None:
            raise IdentifierUnknown("no such identifier", field="identifier_id")
        return one

    async def read(self, tx: Tx, kind: By, value: str) -> Identifier:
        """One as it is written down or said."""
        if kind is By.PHONE:
            return Identifier(kind, self._phones.mobile("value", value).e164)
        normalised = (await self._matching.rulebook.current(tx)).normalised(kind, value)
        if normalised is None:
            raise invalid("value", "must be one of its kind")
        return Identifier(kind, normalised)

    def own(self, member: Member, kind: By, value: str) -> member_pb2.Identifier:
        """One that he has, as he sees it."""
        one = next(it for it in member.identifiers if (it.kind, it.value) == (kind, value))
        return wire.identifier(one, self._name(member, one), own=True)

    async def _note(self, tx: Tx, rpc: str, member: Member) -> None:
        """Whoever looks at or changes how somebody else is recognised is written down."""
        if access.current().kind is not Caller.MEMBER:
            await reading.note(tx, self._clock(), rpc, member_id=member.member_id)

    async def _refuse_last(self, tx: Tx, member: Member, one: Identifier) -> None:
        if one.kind not in LOGINS or member.claim_time is None:
            return
        others = [it for it in member.identifiers if it.kind in LOGINS and it != one]
        if not others and not await store_logins.passkeys(tx, member.member_id):
            raise LastLogin("it is the last way to sign in: prove another first", field="identifier_id")

    def _name(self, member: Member, one: Identifier) -> str:
        return self._names.of(member.member_id, self._register.lookup(one))


def _source(kind: Caller) -> str:
    return {Caller.MEMBER: "app", Caller.STAFF: "store"}.get(kind, "hq")
