"""Contacts: what a parcel or a call needs to know, sealed, and opened only for a purpose."""

from dataclasses import dataclass, field

from kit import access, requests
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identity_service_pb2 as pb
from services.member.contacts import naming, store
from services.member.identity import domain, reading
from services.member.identity import store as members
from services.member.identity.domain import MemberUnknown
from services.member.identity.persons import Persons
from services.member.identity.register import Register

PURPOSES = ("label", "pickup", "call")


class ContactUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to hand over to, ring, or send to."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


class Contacts:
    """Everything that others keep as a contact id."""

    def __init__(self, db: Database, register: Register, persons: Persons, clock: Clock, naming_key: bytes) -> None:
        self._db = db
        self._naming = naming_key
        self._register = register
        self._persons = persons
        self._clock = clock

    async def seal(self, request: Request, member_id: str, contact: Contact) -> pb.SealResponse:
        """A contact id and a masked name; with nothing given, the member's own name and phone."""
        access.require_member(member_id)

        async def work(tx: Tx) -> pb.SealResponse:
            member = await self._register.get(tx, member_id)
            if member is None:
                raise MemberUnknown("no such member", field="member_id")
            return await self.keep(tx, member_id, member.member_id, _completed(contact, member))

        return await requests.once(
            self._db, request, work, pb.SealResponse, aggregate_id=lambda reply: reply.contact_id
        )

    async def keep(self, tx: Tx, named_id: str, owner_id: str, contact: Contact) -> pb.SealResponse:
        """Seals it under its owner's key; its own id tells order that it is for the id under which he is named."""
        contact_id = naming.contact_id(self._naming, named_id, self._clock())
        actor = access.current().actor
        row = await self._row(tx, contact_id, owner_id, contact)
        await store.insert(tx, row, actor.kind, actor.id)
        return pb.SealResponse(contact_id=contact_id, masked_name=domain.masked_name(contact.name))

    async def reveal(self, contact_id: str, purpose: str) -> Contact:
        """Opens a contact for the label, the pickup or the call at hand; written down, found or not."""
        if purpose not in PURPOSES:
            raise invalid("purpose", f"must be one of {', '.join(PURPOSES)}")
        async with self._db.transaction() as tx:
            row = await store.get(tx, contact_id)
            found = row if row is None or await self._may_open(tx, row) else None
            who = found.member_id if found else None
            await reading.note(
                tx, self._clock(), "Reveal", member_id=who, contact_id=contact_id, purpose=purpose, found=bool(found)
            )
        if found is None:
            raise ContactUnknown("no such contact", field="contact_id")
        return Contact(
            self._opened(found, "name", found.name_sealed),
            self._opened(found, "phone", found.phone_sealed),
            self._opened(found, "address", found.address_sealed),
        )

    async def _may_open(self, tx: Tx, row: store.Row) -> bool:
        """Shoppers open their own, under whichever of their ids it was sealed and they signed in."""
        caller = access.current()
        if caller.kind is not access.Kind.MEMBER or caller.id == row.member_id:
            return True
        return await members.resolve(tx, caller.id) == await members.resolve(tx, row.member_id)

    async def _row(self, tx: Tx, contact_id: str, member_id: str, contact: Contact) -> store.Row:
        fresh = {member_id: self._persons.new_key(member_id)}
        key = (await members.ensure_keys(tx, fresh))[member_id]
        name, phone, address = (
            self._persons.seal(key, member_id, f"{contact_id}:{part}", getattr(contact, part))
            for part in ("name", "phone", "address")
        )
        return store.Row(contact_id, member_id, name, phone, address, key)

    def _opened(self, row: store.Row, part: str, sealed: bytes) -> str:
        return self._persons.open(row.key_wrapped, row.member_id, f"{row.contact_id}:{part}", sealed)


def _completed(contact: Contact, member: domain.Member) -> Contact:
    own_phone = next((it.value for it in member.identifiers if it.kind is domain.By.PHONE), "")
    return Contact(contact.name or member.name, contact.phone or own_phone, contact.address)
