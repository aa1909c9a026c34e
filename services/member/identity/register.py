"""The register of members: makes them, finds them, and puts what is sealed into words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit import access, outbox
from kit.postgres import Tx
from services.member.identity import store, store_keys, wire
from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.identity.persons import Persons


class Taken(Exception):
    """Somebody else holds an identifier; the transaction must not go on as if nothing were wrong."""


class Register:
    """Everybody whom the brand knows."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    async def make(self, tx: Tx, members: Sequence[Member], now: datetime, actor: access.Actor | None = None) -> None:
        """Keeps new members, who must not be known yet, and tells of them; raises Taken for a held identifier."""
        held = [(self.lookup(it), it.kind.value, one.member_id) for one in members for it in one.identifiers]
        if len(await store.hold(tx, held)) < len(held):
            raise Taken
        keys = await store.ensure_keys(tx, {one.member_id: self._persons.new_key(one.member_id) for one in members})
        rows = [self._row(one, keys[one.member_id], now) for one in members]
        actor = actor or access.current().actor
        by = store.Actor(actor.kind, actor.id, actor.terminal_id)
        if len(await store.insert(tx, rows, by)) < len(rows):
            raise Taken
        await outbox.append(tx, *(wire.enrolled(one, now, actor) for one in members))

    async def get(self, tx: Tx, member_id: str) -> Member | None:
        """A member by any of his ids."""
        row = await store.get(tx, member_id)
        return self._member(row) if row else None

    async def find(
        self, tx: Tx, identifiers: Sequence[Identifier]
    ) -> tuple[Identifier | None, Member | None, list[Member]]:
        """Who holds the first of these that anybody holds, and who shares a telephone of them; in one step."""
        phones = [self.lookup(one) for one in identifiers if one.kind is By.PHONE]
        place, holder, sharers = await store.find(tx, [self.lookup(one) for one in identifiers], phones)
        others = [await self.get(tx, one) for one in sharers]  # a household at most, most numbers none
        known = [one for one in others if one is not None]
        return (identifiers[place], self._member(holder), known) if holder else (None, None, known)

    async def holder(self, tx: Tx, *identifiers: Identifier) -> str | None:
        """Who holds the first of these that anybody holds."""
        lookups = [self.lookup(one) for one in identifiers]
        found = await store.holders(tx, lookups)
        return next((found[one] for one in lookups if one in found), None)

    def lookup(self, identifier: Identifier) -> bytes:
        """What an identifier is found by."""
        return self._persons.lookup(identifier.kind, identifier.value)

    async def add(self, tx: Tx, member_id: str, identifiers: Sequence[Identifier], now: datetime) -> list[Identifier]:
        """Gives a known member identifiers; answers those that somebody else holds."""
        wanted = {self.lookup(one): one for one in identifiers}
        held = await store.hold(tx, [(lookup, one.kind.value, member_id) for lookup, one in wanted.items()])
        key = (await store.ensure_keys(tx, {member_id: self._persons.new_key(member_id)}))[member_id]
        await store.add_identifiers(tx, [(member_id, self._sealed(wanted[one], member_id, key, now)) for one in held])
        others = await store.holders(tx, list(wanted))
        return [one for lookup, one in wanted.items() if others.get(lookup, member_id) != member_id]

    async def seal(self, tx: Tx, member_id: str, column: str, text: str) -> bytes:
        """Seals something else about a member, also one whose enrolment is still on its way."""
        key = (await store.ensure_keys(tx, {member_id: self._persons.new_key(member_id)}))[member_id]
        return self._persons.seal(key, member_id, column, text)

    async def open(self, tx: Tx, member_id: str, column: str, sealed: bytes) -> str:
        """Opens what `seal` sealed; nothing is left of somebody who was forgotten."""
        return (await self.open_all(tx, member_id, {column: sealed}))[column]

    async def open_all(self, tx: Tx, member_id: str, sealed: Mapping[str, bytes]) -> dict[str, str]:
        """Opens what `seal` sealed in several columns."""
        key = (await store_keys.of(tx, [member_id])).get(member_id) if sealed else None
        if key is None:
            return dict.fromkeys(sealed, "")
        return {column: self._persons.open(key, member_id, column, text) for column, text in sealed.items()}

    def _row(self, one: Member, key: bytes, now: datetime) -> store.Row:
        name = self._persons.seal(key, one.member_id, "name", one.name) if one.name else None
        identifiers = tuple(self._sealed(it, one.member_id, key, now) for it in one.identifiers)
        return store.Row(
            one.member_id,
            one.kind.value,
            name,
            one.claim_time,
            one.enrolled_location_id,
            one.enrolled_staff_code,
            one.source,
            one.join_time,
            one.version,
            key,
            identifiers,
        )

    def _sealed(self, it: Identifier, member_id: str, key: bytes, now: datetime) -> store.Sealed:
        sealed = self._persons.seal(key, member_id, it.kind.value, it.value)
        return store.Sealed(it.kind.value, self.lookup(it), sealed, it.verify_time, it.source, it.add_time or now)

    def _member(self, row: store.Row) -> Member:
        identifiers = tuple(
            Identifier(
                By(it.kind),
                self._persons.open(row.key_wrapped, row.member_id, it.kind, it.value_sealed),
                it.source,
                it.verify_time,
                it.add_time,
            )
            for it in row.identifiers
        )
        return Member(
            row.member_id,
            Kind(row.kind),
            self._persons.open(row.key_wrapped, row.member_id, "name", row.name_sealed),
            identifiers,
            row.claim_time,
            row.enrolled_location_id,
            row.enrolled_staff_code,
            row.source,
            row.join_time,
            row.version,
        )
