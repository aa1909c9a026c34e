"""Enrolments of which tills tell afterwards: whoever it was, nothing is refused, and nobody loses anything by it."""

from collections.abc import Awaitable, Callable, Sequence

from kit import access, outbox
from kit.postgres import Tx
from services.member.identity import domain_known, store, wire
from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.identity.domain_facts import Fact
from services.member.identity.domain_known import Known
from services.member.identity.domain_rules import IdentifierLimited, Rules, Why
from services.member.identity.matching import Matching
from services.member.identity.phones import Phones
from services.member.identity.register import Register, Taken
from services.member.identity.sharing import Sharing
from services.member.identity.telling import Telling

OnMerged = Callable[[Tx, str, str], Awaitable[None]]

_TRIES = 3
_NAME = 100

# what became of it, and what a person should look at
Outcome = tuple[str, tuple[str, ...]]


class LateEnrolment:
    """By the rules of an enrolment with a line, but that nobody can be asked any more who is who.

    The name tells. Where it does not, the till's id is somebody of his own
    until a person has looked: two accounts can be made one, and what two
    people have in one account cannot be told apart.
    """

    def __init__(self, register: Register, matching: Matching, sharing: Sharing, phones: Phones) -> None:
        self._register = register
        self._matching = matching
        self._sharing = sharing
        self._telling = Telling(register, sharing)
        self._phones = phones
        self._on_merged: list[OnMerged] = []

    def on_merged(self, hear: OnMerged) -> None:
        """Has `hear(tx, absorbed_id, member_id)` called when a till's id turns out to mean somebody known."""
        self._on_merged.append(hear)

    async def take(self, tx: Tx, fact: Fact, member_id: str) -> Outcome:
        """Finds out who it was."""
        rules = await self._matching.rulebook.current(tx)
        shown, unread = self._shown(rules, fact)
        for _ in range(_TRIES):  # a neighbour may enrol the same person between the look and the write
            try:
                async with tx.transaction():
                    outcome, flags = await self._settled(tx, fact, member_id, shown)
            except Taken:
                continue
            return outcome, (*unread, *flags)
        return "stored", (*unread, "not_settled")

    async def _settled(self, tx: Tx, fact: Fact, member_id: str, shown: Sequence[Identifier]) -> Outcome:
        if await store.known(tx, [member_id]):
            meant = await store.resolve(tx, member_id)
            return "existed", await self._give(tx, meant, fact, shown)
        known = await self._telling.known(tx, shown, await self._matching.rulebook.current(tx))
        holder = domain_known.meant(fact.name[:_NAME], known)
        if holder is not None:
            return await self._absorbed(tx, fact, member_id, holder.member_id, shown)
        held = {one.identifier for one in known if one.held}
        flags = await self._made(tx, fact, member_id, [one for one in shown if one not in held])
        return "created", (*flags, *await self._beside(tx, fact, member_id, known))

    async def _made(self, tx: Tx, fact: Fact, member_id: str, free: Sequence[Identifier]) -> tuple[str, ...]:
        now = fact.business_time
        settled = await self._matching.settle(tx, free, now)
        if settled.member_id is not None:  # since the look
            raise Taken
        member = Member(
            member_id, Kind.MEMBER, fact.name[:_NAME].strip(), settled.fresh, None, fact.location_id,
            fact.staff_code, "store", now,
        )  # fmt: skip
        await self._register.make(tx, [member], now)
        return _flags(settled.dropped)

    async def _beside(self, tx: Tx, fact: Fact, member_id: str, known: Sequence[Known]) -> tuple[str, ...]:
        """He is found by a number beside its holder, as by a line; a person looks whether they are two."""
        flags = [await self._shared(tx, fact, member_id, one.identifier) for one in known if one.held]
        for one in known:
            for other in one.people:
                await self._matching.met(tx, member_id, other.member_id, one.identifier.kind)
        return tuple(flags)

    async def _shared(self, tx: Tx, fact: Fact, member_id: str, one: Identifier) -> str:
        if one.kind is not By.PHONE:
            return f"{one.kind}_{Why.TAKEN}"
        try:
            await self._sharing.share(tx, member_id, one, fact.business_time)
        except IdentifierLimited:
            return f"{one.kind}_{Why.LIMITED}"
        return f"{one.kind}_shared"

    async def _absorbed(self, tx: Tx, fact: Fact, absorbed: str, holder: str, shown: Sequence[Identifier]) -> Outcome:
        """The till's id becomes another name of somebody who was a member already."""
        version = await store.alias(tx, absorbed, holder, "enrolled again at a till")
        if version is None:
            raise Taken
        flags = await self._give(tx, holder, fact, shown)
        actor = access.current().actor
        await outbox.append(tx, wire.merged(holder, absorbed, version, fact.business_time, actor))
        for hear in self._on_merged:
            await hear(tx, absorbed, holder)
        return "merged", flags

    async def _give(self, tx: Tx, member_id: str, fact: Fact, shown: Sequence[Identifier]) -> tuple[str, ...]:
        """What else he showed, as far as limits allow; what he shares he has."""
        more = await self._sharing.unshared(tx, member_id, shown)
        return _flags(await self._matching.give(tx, member_id, more, fact.business_time))

    def _shown(self, rules: Rules, fact: Fact) -> tuple[list[Identifier], tuple[str, ...]]:
        found, flags = [], []
        phone = self._phones.read(fact.phone) if fact.phone.strip() else None
        if phone:
            found.append(Identifier(By.PHONE, phone.e164, "store"))
        elif fact.phone.strip():
            flags.append("phone_invalid")
        card = rules.normalised(By.CARD, fact.card_no) if fact.card_no.strip() else None
        if card:
            found.append(Identifier(By.CARD, card, "store"))
        elif fact.card_no.strip():
            flags.append("card_invalid")
        return found, tuple(flags)


def _flags(dropped: Sequence[tuple[Identifier, Why]]) -> tuple[str, ...]:
    """What a person should look at: phone_taken, card_limited, phone_blocked …"""
    return tuple(f"{one.kind}_{why}" for one, why in dropped)
