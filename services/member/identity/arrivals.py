"""Somebody has proved who he is: finds or makes the one member that he is, and opens his session."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from kit import access, outbox
from kit.access import Actor
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.access.domain import SHOPPER_SESSION, Family, Grant, Session
from services.member.access.sessions import Sessions
from services.member.identity import store, wire
from services.member.identity.domain import By, Identifier, IdentifierTaken, Kind, Member, MemberUnknown
from services.member.identity.domain_rules import Ending
from services.member.identity.matching import Matching
from services.member.identity.register import Register, Taken
from services.member.identity.sharing import Sharing

AUDIENCE = "shop"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What somebody brought: what he proved, strongest first, and how his browser or app was known before."""

    proven: tuple[Identifier, ...]
    device_id: str
    now: datetime
    source: str = "web"
    name: str = field(default="", repr=False)
    anonymous: tuple[Identifier, ...] = ()
    # what he did before he signed in is to be his
    join_history: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """Somebody is in."""

    session: Session
    member: Member
    claimed_now: bool
    created_now: bool


class Meeting(Protocol):
    """What follows when proofs of one person belong to two members."""

    async def proven(self, tx: Tx, member_id: str, other_id: str, kind: By, now: datetime) -> None:
        """A member has proved by `kind` that the other is himself: a merge is his to ask for."""

    async def recycled(self, tx: Tx, holder_id: str, other_id: str, now: datetime) -> None:
        """A number has moved from a member to somebody else: what the old holder has must be looked at."""

    async def demoted(self, tx: Tx, holder_id: str, other_id: str, now: datetime) -> None:
        """A number that nobody had proved in an account of its own is somebody else's by proof."""


# told of everybody who has signed in
Heard = Callable[[Tx, str, Sequence[Identifier], bool, datetime], Awaitable[None]]
# told what a member has proved
Proved = Callable[[Tx, str, Sequence[Identifier], datetime], Awaitable[None]]
# told who has signed in, by app or by web
Counted = Callable[[Tx, str, str, datetime], Awaitable[None]]


class Arrivals:
    """One member for one person, through whichever door he comes."""

    def __init__(self, register: Register, matching: Matching, sharing: Sharing, sessions: Sessions) -> None:
        self._register = register
        self._sharing = sharing
        self._matching = matching
        self._sessions = sessions
        self._meeting: Meeting | None = None
        self._heard: list[Heard] = []
        self._counted: list[Counted] = []
        # called in the transaction in which somebody proves something to be his
        self.on_proof: list[Proved] = []
        sessions.know(AUDIENCE, self._granted)

    def meet_by(self, meeting: Meeting) -> None:
        """Says who settles what belongs to two members."""
        self._meeting = meeting

    def on_arrival(self, hear: Heard) -> None:
        """Has `hear` called in the transaction in which somebody signs in."""
        self._heard.append(hear)

    def on_sign_in(self, hear: Counted) -> None:
        """Has `hear` told who has come in, and by what."""
        self._counted.append(hear)

    async def ready(self) -> None:
        """To be awaited before the transaction in which `enter` is called."""
        await self._sessions.ready()

    async def enter(self, tx: Tx, arrival: Arrival) -> Welcome:
        """The session of the member whom these proofs mean; a new one, if they mean nobody."""
        holder, left, why = await self._meant(tx, arrival)
        created = holder is None
        if holder is None:
            holder, created = await self._created(tx, arrival)
        claimed = not created and await self._claimed(tx, holder, arrival)
        if left:
            await self._moved(tx, left, holder, why, arrival.now)
        await self._tell(tx, holder, arrival.proven, arrival.now)
        return await self.open(tx, holder, arrival, claimed=claimed, created=created)

    async def open(
        self, tx: Tx, member_id: str, arrival: Arrival, *, claimed: bool = False, created: bool = False
    ) -> Welcome:
        """The session of a member who is known beyond doubt."""
        if arrival.anonymous:
            await self._matching.give(tx, member_id, arrival.anonymous, arrival.now)
        for hear in self._heard:
            await hear(tx, member_id, arrival.anonymous, arrival.join_history, arrival.now)
        for count in self._counted:
            await count(tx, member_id, arrival.source, arrival.now)
        member = await self._register.get(tx, member_id)
        assert member is not None, "a held identifier has a member"
        session = await self._sessions.open(
            tx, Grant(member.member_id, AUDIENCE), member.member_id, arrival.device_id, SHOPPER_SESSION
        )
        return Welcome(session, member, claimed, created)

    async def holder(self, tx: Tx, identifier: Identifier) -> str | None:
        """Whose it is."""
        return await self._register.holder(tx, identifier)

    async def prove(self, tx: Tx, member_id: str, proven: Identifier, now: datetime) -> None:
        """Gives a member who is signed in what he has proved; his former phone or LINE account goes."""
        member_id = await store.resolve(tx, member_id)
        await store.touch(tx, member_id)  # from here on nobody else changes him
        member, holder = await self._register.get(tx, member_id), await self._register.holder(tx, proven)
        if member is None:
            raise MemberUnknown("no such member", field="member_id")
        why = Ending.RECYCLED
        if holder not in (None, member_id):
            others = [one for one in member.identifiers if one.kind is By.LINE]
            if await self._typed_only(tx, holder, proven):
                why = Ending.DEMOTED
            elif proven.kind is not By.PHONE or not await self._contradict(tx, holder, others):
                await self._belongs_to_two(tx, member_id, holder, proven, now)
                return
            await self._detach(tx, holder, proven, why, now)
        if holder != member_id:
            for former in (one for one in member.identifiers if one.kind is proven.kind):
                await self._matching.end(tx, member_id, former, now, Ending.REPLACED)
        await self._claimed(tx, member_id, Arrival((proven,), "", now))
        await self._tell(tx, member_id, (proven,), now)
        if holder not in (None, member_id):
            await self._moved(tx, holder, member_id, why, now)

    async def _meant(self, tx: Tx, arrival: Arrival) -> tuple[str | None, str | None, Ending]:
        """Whom the proofs mean; and from whom the number was taken and why, if it is this person's instead."""
        phone = next((one for one in arrival.proven if one.kind is By.PHONE), None)
        others = [one for one in arrival.proven if one.kind is not By.PHONE]
        by_phone = await self._register.holder(tx, phone) if phone else None
        by_other = await self._register.holder(tx, *others) if others else None
        if phone and by_phone is None:
            by_phone = await self._sharing.only(tx, phone)
        if phone is None or by_phone is None or by_phone == by_other:
            return by_phone or by_other, None, Ending.RECYCLED
        if await self._typed_only(tx, by_phone, phone):
            await self._detach(tx, by_phone, phone, Ending.DEMOTED, arrival.now)
            return by_other, by_phone, Ending.DEMOTED
        if others and await self._contradict(tx, by_phone, others):
            await self._detach(tx, by_phone, phone, Ending.RECYCLED, arrival.now)
            return by_other, by_phone, Ending.RECYCLED
        if by_other is None:
            return by_phone, None, Ending.RECYCLED
        await self._belongs_to_two(tx, by_other, by_phone, phone, arrival.now)
        return await store.resolve(tx, by_other), None, Ending.RECYCLED

    async def _typed_only(self, tx: Tx, holder_id: str, phone: Identifier) -> bool:
        """Whether a number was only said to be a member's who has claimed his account by something else.

        Whoever proves it is not he for that: a proof outdoes what was typed, and opens no account that has an owner.
        """
        holder = await self._register.get(tx, holder_id)
        if phone.kind is not By.PHONE or holder is None or holder.claim_time is None:
            return False
        return any((it.kind, it.value) == (phone.kind, phone.value) and not it.verify_time for it in holder.identifiers)

    async def _tell(self, tx: Tx, member_id: str, proven: Sequence[Identifier], now: datetime) -> None:
        for hear in self.on_proof:
            await hear(tx, member_id, proven, now)

    async def _moved(self, tx: Tx, holder_id: str, other_id: str, why: Ending, now: datetime) -> None:
        if self._meeting and why is Ending.DEMOTED:
            await self._meeting.demoted(tx, holder_id, other_id, now)
        elif self._meeting:
            await self._meeting.recycled(tx, holder_id, other_id, now)

    async def _contradict(self, tx: Tx, member_id: str, others: Sequence[Identifier]) -> bool:
        """Whether the member has others of kinds of which a person has no more than he has."""
        member = await self._register.get(tx, member_id)
        rules = await self._matching.rulebook.current(tx)
        for one in others:
            has = [it.value for it in (member.identifiers if member else ()) if it.kind is one.kind]
            if one.value not in has and len(has) >= rules.of(one.kind).most:
                return True
        return False

    async def _detach(self, tx: Tx, holder_id: str, phone: Identifier, why: Ending, now: datetime) -> None:
        """The number is somebody else's now; who had proved it signs in by something else."""
        await store.touch(tx, holder_id)
        await self._matching.end(tx, holder_id, phone, now, why)
        if why is Ending.RECYCLED:
            await self._sessions.revoke(tx, AUDIENCE, holder_id, "phone recycled")

    async def _belongs_to_two(self, tx: Tx, member_id: str, other_id: str, proven: Identifier, now: datetime) -> None:
        """Both are his, says a proof; without somebody to settle that it stays as it is."""
        if self._meeting is None:
            raise IdentifierTaken(f"another member has this {proven.kind}", field=proven.kind.value)
        await self._meeting.proven(tx, member_id, other_id, proven.kind, now)

    async def _created(self, tx: Tx, arrival: Arrival) -> tuple[str, bool]:
        now = arrival.now
        proven = tuple(replace(one, source=one.source or arrival.source) for one in arrival.proven)
        member = Member(uuid7(), Kind.MEMBER, arrival.name, proven, now, "", "", arrival.source, now)
        try:
            async with tx.transaction():
                await self._register.make(tx, [member], now, Actor(access.Kind.MEMBER, member.member_id))
        except Taken:  # the same person came in by another door in this very moment
            holder = await self._register.holder(tx, *arrival.proven)
            assert holder is not None
            return holder, False
        return member.member_id, True

    async def _claimed(self, tx: Tx, member_id: str, arrival: Arrival) -> bool:
        """Whether the account becomes the shopper's own with this; the proofs are kept in any case."""
        now = arrival.now
        await self._matching.give(tx, member_id, arrival.proven, now)
        for one in arrival.proven:
            await store.verify(tx, member_id, one.kind.value, self._register.lookup(one), now)
            await self._sharing.end(tx, member_id, one)
        version = await store.claim(tx, member_id, now)
        if version is None:
            return False
        await outbox.append(tx, wire.claimed(member_id, version, now, Actor(access.Kind.MEMBER, member_id)))
        return True

    async def _granted(self, tx: Tx, family: Family) -> Grant | None:
        member_id = await store.resolve(tx, family.principal_id)
        return Grant(member_id, AUDIENCE) if await store.known(tx, [member_id]) else None
