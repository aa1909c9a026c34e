"""Members: looked up at the till, brought in by an import."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit import access, attempts, requests
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identity_service_pb2 as pb
from services.member.identity import domain, reading, store, store_otp
from services.member.identity.domain import By, Identifier, Member, MemberUnknown, TooManyMisses
from services.member.identity.domain_rules import Rules
from services.member.identity.looks import Looks
from services.member.identity.phones import Phones
from services.member.identity.register import Register, Taken
from services.member.identity.rulebook import Rulebook
from services.member.vault import Vault

MOST_IMPORTED = 1000
LONGEST_KEY = 1024
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SIGNED = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_KEYS = {By.PHONE: pb.MEMBER_KEY_PHONE, By.EMAIL: pb.MEMBER_KEY_EMAIL, By.CARD: pb.MEMBER_KEY_CARD}


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a key means, and what it was taken for."""

    member: Member | None
    by: pb.MemberKey.ValueType
    # several people with one number: a person tells which it is
    candidates: tuple[Member, ...] = ()

    @property
    def people(self) -> tuple[Member, ...]:
        """Whoever is shown."""
        return self.candidates or ((self.member,) if self.member else ())


class Codes(Protocol):
    """Whoever reads the codes on members' screens."""

    async def take(self, tx: Tx, code: str) -> str | Fault:
        """Whose it is, once; or why it is worth nothing."""


class Members:
    """What may be asked and done about members."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        register: Register,
        rulebook: Rulebook,
        phones: Phones,
        clock: Clock,
    ) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._rulebook = rulebook
        self._phones = phones
        self._clock = clock
        self._looks = Looks(db, clock)
        self._codes: Codes | None = None

    def read_codes_by(self, codes: "Codes") -> None:
        """Says who reads the codes on members' screens."""
        self._codes = codes

    async def get(self, member_id: str) -> Member:
        """One member; whoever looks at somebody else is written down."""
        caller = access.current()
        async with self._db.transaction() as tx:
            member = await self._register.get(tx, member_id)
            if member is not None:  # a token from before a merge still means its bearer
                access.require_member(member.member_id if caller.id != member_id else member_id)
            else:
                access.require_member(member_id)
            if caller.kind is not Caller.MEMBER:
                await reading.note(tx, self._clock(), "GetMember", member_id=member_id, found=member is not None)
        if member is None:
            raise MemberUnknown("no such member", field="member_id")
        return member

    async def find(self, key: str) -> Found:
        """The member whom exactly this phone, e-mail, card, id or shown code means; written down, found or not."""
        key = key.strip()
        if not _SIGNED.fullmatch(key):
            async with self._db.read() as tx:
                await self._misses(tx)
                found, _ = await self._found(tx, key)
            if found is not None:
                await self._looks.note("FindMember", [seen.member_id for seen in found.people])
                return found
        return await self._find(key)

    async def _find(self, key: str) -> Found:
        """As `find`; a code is used up, and a miss is counted, in the transaction that writes the look down."""
        async with self._db.transaction() as tx:
            misses = await self._misses(tx)
            found, refused = await self._found(tx, key)
            if found is None:
                await self._missed(tx, misses)
            for seen in found.people if found else (None,):
                seen_id = seen.member_id if seen else None
                await reading.note(tx, self._clock(), "FindMember", member_id=seen_id, found=seen is not None)
        if found is None:
            raise refused or MemberUnknown("nobody has this phone, e-mail address, card or id", field="key")
        return found

    async def bring_in(self, request: Request, members: Sequence[Member]) -> pb.ImportMembersResponse:
        """Members of another system; who is known by id or identifier stays as he is."""
        if not 1 <= len(members) <= MOST_IMPORTED:
            raise invalid("members", f"must be 1 to {MOST_IMPORTED}")

        async def work(tx: Tx) -> pb.ImportMembersResponse:
            new = await self._unknown(tx, members)
            try:
                await self._register.make(tx, new, self._clock())
            except Taken:
                raise Fault("somebody else enrols them now", code=Code.ABORTED, reason="CONFLICT") from None
            return pb.ImportMembersResponse(created=len(new), existed=len(members) - len(new))

        return await requests.once(self._db, request, work, pb.ImportMembersResponse)

    async def _misses(self, tx: Tx) -> bytes:
        """Where the caller's misses are counted; refuses who has been guessing. A look that finds locks nothing."""
        actor = access.current().actor
        scope = self._vault.digest("look-up misses", actor.kind, actor.id)
        _refuse_guessing(await store_otp.times(tx, scope), self._clock())
        return scope

    async def _missed(self, tx: Tx, scope: bytes) -> None:
        """Counts one; of guesses made at once, those that are too many learn nothing."""
        now = self._clock()
        _refuse_guessing((await store_otp.lock_windows(tx, [scope], now))[scope], now)
        await store_otp.count(tx, [(scope, attempts.horizon(domain.MISSES))], now)

    async def _found(self, tx: Tx, key: str) -> tuple[Found | None, Fault | None]:
        if not 3 <= len(key) <= LONGEST_KEY:
            raise invalid("key", "must be a phone, an e-mail address, a card number, a member id or a shown code")
        if _UUID.fullmatch(key):
            return await self._by_id(tx, str(uuid.UUID(key)), pb.MEMBER_KEY_MEMBER_ID), None
        if self._codes and _SIGNED.fullmatch(key):
            shown = await self._codes.take(tx, key)
            if isinstance(shown, Fault):
                return None, shown
            return await self._by_id(tx, shown, pb.MEMBER_KEY_CODE), None
        readings = self._readings(await self._rulebook.current(tx), key)
        by, holder, sharers = await self._register.find(tx, readings) if readings else (None, None, [])
        if by is not None and by.kind is not By.PHONE:
            return Found(holder, _KEYS[by.kind]), None
        # whoever has this telephone: one, or several of whom a person tells which it is
        people = list({one.member_id: one for one in (*filter(None, (holder,)), *sharers)}.values())
        if not people:
            return None, None
        return Found(None if people[1:] else people[0], _KEYS[By.PHONE], tuple(people) if people[1:] else ()), None

    async def _by_id(self, tx: Tx, member_id: str, by: pb.MemberKey.ValueType) -> Found | None:
        member = await self._register.get(tx, member_id)
        return Found(member, by) if member else None

    def _readings(self, rules: Rules, key: str) -> list[Identifier]:
        """What a typed key may mean, most likely first."""
        if "@" in key:
            ways = dict.fromkeys((rules.normalised(By.EMAIL, key), domain.normalised(By.EMAIL, key)))
            return [Identifier(By.EMAIL, one) for one in ways if one]
        phone, card = self._phones.read(key), domain.normalised(By.CARD, key)
        found = [Identifier(By.PHONE, phone.e164)] if phone else []
        return [*found, Identifier(By.CARD, card)] if card else found

    async def _unknown(self, tx: Tx, members: Sequence[Member]) -> list[Member]:
        """Those whom neither id nor identifier makes somebody known, each once."""
        known = await store.known(tx, [one.member_id for one in members])
        lookups = {one.member_id: [self._register.lookup(it) for it in one.identifiers] for one in members}
        taken = set(await store.holders(tx, [lookup for found in lookups.values() for lookup in found]))
        new: list[Member] = []
        for one in members:
            if one.member_id in known or not taken.isdisjoint(lookups[one.member_id]):
                continue
            new.append(one)
            known.add(one.member_id)
            taken.update(lookups[one.member_id])
        return new


def _refuse_guessing(times: Sequence[datetime], now: datetime) -> None:
    wait = attempts.wait(times, domain.MISSES, now)
    if wait:
        seconds = int(wait.total_seconds()) + 1
        raise TooManyMisses(f"too many look-ups found nobody: wait {seconds} s", retry_after=seconds)
