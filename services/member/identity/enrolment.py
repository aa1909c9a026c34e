"""Enrolment in a store: somebody new, somebody known, or somebody who shares another's number."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, requests
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identity_service_pb2 as pb
from services.member.identity import domain, domain_known, reading, store, wire
from services.member.identity.domain import By, Identifier, IdentifierTaken, IfTaken, Kind, Member
from services.member.identity.domain_rules import Rules
from services.member.identity.matching import Matching
from services.member.identity.phones import Phones
from services.member.identity.register import Register, Taken
from services.member.identity.sharing import Sharing
from services.member.identity.telling import Telling


class Enrolment:
    """What a staff member says of a shopper is no proof: it never takes anything from anybody."""

    def __init__(
        self, db: Database, register: Register, matching: Matching, sharing: Sharing, phones: Phones, clock: Clock
    ) -> None:
        self._db = db
        self._register = register
        self._matching = matching
        self._sharing = sharing
        self._telling = Telling(register, sharing)
        self._phones = phones
        self._clock = clock

    async def enrol(
        self, request: Request, told: Member, phone: str, card_no: str, if_taken: IfTaken
    ) -> pb.EnrolMemberResponse:
        """Brought in by the staff member who asks; `told` is who he says that he is."""
        access.require_location(told.enrolled_location_id)
        async with self._db.read() as look:
            identifiers = self._identifiers(await self._matching.rulebook.current(look), phone, card_no)
        now = self._clock()
        member = replace(
            told,
            member_id=told.member_id or uuid7(),
            enrolled_staff_code=access.current().staff_code,
            source="store",
            join_time=now,
        )

        async def work(tx: Tx) -> pb.EnrolMemberResponse:
            if await store.known(tx, [member.member_id]):
                raise IdentifierTaken("this id is a member already", field="member_id")
            try:
                return await self._settle(tx, member, identifiers, if_taken, now)
            except Taken:
                raise Fault("somebody enrolled the same person now", code=Code.ABORTED, reason="CONFLICT") from None

        return await requests.once(
            self._db, request, work, pb.EnrolMemberResponse, aggregate_id=lambda reply: reply.member.member_id
        )

    async def _settle(
        self, tx: Tx, member: Member, identifiers: Sequence[Identifier], if_taken: IfTaken, now: datetime
    ) -> pb.EnrolMemberResponse:
        """Whom they mean: nobody, or whoever holds the strongest; who is who a person at the counter can tell."""
        settled = await self._matching.settle(tx, identifiers, now)
        holder = await self._register.get(tx, settled.member_id) if settled.member_id else None
        namesake = await self._namesake(tx, member.name, identifiers) if if_taken is not IfTaken.ANOTHER else None
        if namesake is not None:
            return await self._known(tx, namesake, identifiers, now)
        if holder is None:
            made = replace(member, identifiers=tuple(identifiers))
            await self._register.make(tx, [made], now)
            return pb.EnrolMemberResponse(member=wire.member(made))
        if if_taken is IfTaken.ANOTHER:
            return await self._another(tx, member, identifiers, now)
        if if_taken is IfTaken.SAME:
            return await self._known(tx, holder, identifiers, now)
        name = domain.masked_name(holder.name)
        field = await self._held(tx, identifiers, holder.member_id)
        raise IdentifierTaken(f"{field}: {name or 'another member'} has it", field=field, masked_name=name)

    async def _known(
        self, tx: Tx, holder: Member, identifiers: Sequence[Identifier], now: datetime
    ) -> pb.EnrolMemberResponse:
        """He is a member already: he gets what limits allow; what is a third one's a person looks at."""
        more = await self._sharing.unshared(tx, holder.member_id, identifiers)
        await self._matching.give(tx, holder.member_id, more, now)
        await store.touch(tx, holder.member_id)
        await reading.note(tx, now, "EnrolMember", member_id=holder.member_id)
        after = await self._register.get(tx, holder.member_id)
        assert after is not None
        return pb.EnrolMemberResponse(member=wire.member(after), existed=True)

    async def _namesake(self, tx: Tx, name: str, identifiers: Sequence[Identifier]) -> Member | None:
        """Who of those that are known by the strongest has the same name, whether it is his own or shared."""
        known = await self._telling.known(tx, identifiers, await self._matching.rulebook.current(tx))
        return domain_known.namesake(name, next((one.people for one in known if one.people), ()))

    async def _another(
        self, tx: Tx, member: Member, identifiers: Sequence[Identifier], now: datetime
    ) -> pb.EnrolMemberResponse:
        """Somebody else who has the same telephone; a card is one person's."""
        free = [one for one in identifiers if await self._register.holder(tx, one) is None]
        shared = [one for one in identifiers if one not in free]
        if any(one.kind is By.CARD for one in shared):
            raise IdentifierTaken("card_no: another member has it", field="card_no", masked_name="")
        made = replace(member, identifiers=tuple(free))
        await self._register.make(tx, [made], now)
        for one in shared:
            await self._sharing.share(tx, made.member_id, one, now)
        return pb.EnrolMemberResponse(member=wire.member(made))

    async def _held(self, tx: Tx, identifiers: Sequence[Identifier], holder_id: str) -> str:
        for one in identifiers:
            if await self._register.holder(tx, one) == holder_id:
                return "phone" if one.kind is By.PHONE else "card_no"
        return "phone"

    def _identifiers(self, rules: Rules, phone: str, card_no: str) -> tuple[Identifier, ...]:
        found = []
        if phone.strip():
            found.append(Identifier(By.PHONE, self._phones.mobile("phone", phone).e164, "store"))
            rules.refuse_blocked(found[-1], "phone")
        if card_no.strip():
            number = rules.normalised(By.CARD, card_no)
            if number is None:
                raise invalid("card_no", "must be 3 to 64 letters and digits, with the right check digit")
            found.append(Identifier(By.CARD, number, "store"))
            rules.refuse_blocked(found[-1], "card_no")
        if not found:
            raise invalid("phone", "must be given, or card_no")
        return tuple(found)


def newcomer(member_id: str, name: str, location_id: str, now: datetime) -> Member:
    """Whom a staff member describes."""
    return Member(member_id, Kind.MEMBER, name, (), None, location_id, "", "store", now)
