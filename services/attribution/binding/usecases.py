"""Binding members to the staff who serve them: by command, by a till's fact, and by what member announces."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, outbox
from kit.access import Kind
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from services.attribution.binding import domain, serving, store, wire
from services.attribution.binding.domain import Binding, Enrolment, Noted, Policy, Source, Staff, StaffToken
from services.attribution.binding.tokens import StaffTokens
from services.attribution.credit.usecases import Credits


class Bindings:
    """Who serves whom."""

    def __init__(self, db: Database, clock: Clock, policy: Policy, tokens: StaffTokens, ledger: Credits) -> None:
        self._db = db
        self._clock = clock
        self._policy = policy
        self._tokens = tokens
        self._credits = ledger

    async def create_token(self, staff_code: str, purpose: str) -> tuple[str, StaffToken]:
        """A signed token for a staff member's code or link; staff make their own."""
        principal = access.current()
        chosen = principal.staff_code if principal.kind is Kind.STAFF else staff_code
        async with self._db.read() as tx:
            person = await store.staff(tx, chosen)
        if person is None or not person.active:
            raise domain.StaffUnknown("no active staff member has that code", staff_code=chosen, field="staff_code")
        return self._tokens.issue(chosen, person.home_location_id, purpose, self._clock())

    async def bind(self, tx: Tx, member_id: str, token: str) -> Binding:
        """Binds the member to the token's staff member now; refused while somebody else is protected."""
        now = self._clock()
        member_id = (await store.resolve(tx, [member_id]))[member_id]
        scanned = self._tokens.verify(token, now)
        source = Source.QR if scanned.purpose == "qr" else Source.LINK
        noted = Noted(
            uuid7(), member_id, scanned.staff_code, scanned.location_id, source, now, f"token:{scanned.token_id}"
        )
        await store.lock_members(tx, [member_id])
        held = (await serving.served(tx, [member_id], self._policy)).by(member_id, member_id, now, [noted])
        assert held is not None, "the new fact, or one that shields the member from it"
        if held.noted.staff_code != noted.staff_code:
            until = held.protected_until.isoformat()
            raise domain.Protected("the member is bound to somebody else", member_id=member_id, protected_until=until)
        await self._add(tx, noted)
        return held

    async def get(self, member_id: str) -> Binding:
        """The binding that holds now; raises NotBound."""
        async with self._db.read() as tx:
            member_id = (await store.resolve(tx, [member_id]))[member_id]
            now = self._clock()
            held = (await serving.served(tx, [member_id], self._policy)).by(member_id, member_id, now)
        if held is None:
            raise domain.NotBound("nobody serves the member now", member_id=member_id)
        return held

    async def note(self, tx: Tx, noted: Noted, token: str) -> None:
        """A till's fact that a member was bound; one whose token does not verify is kept for review."""
        try:
            fact = self._vouched(noted, token)
        except domain.TokenInvalid as refused:
            await self.doubt(tx, noted.binding_id, noted.member_id, refused.reason)
            return
        meant = await store.resolve(tx, [fact.member_id])
        fact = replace(fact, member_id=meant[fact.member_id], named_id=fact.member_id)
        await store.lock_members(tx, [fact.member_id])
        await self._add(tx, fact)
        await self._credits.redecide(tx, [fact.member_id])

    async def doubt(self, tx: Tx, fact_id: str, member_id: str, reason: str) -> None:
        """Asks a person to look at a till's fact."""
        await store.insert_review(tx, fact_id, member_id, access.current().actor.terminal_id, reason)

    async def touch(self, tx: Tx, touch_id: str, noted: Noted, kind: str) -> None:
        """Keeps a call, chat or fitting."""
        await store.insert_touch(tx, touch_id, noted, kind)

    async def enrolled(self, tx: Tx, found: dict[str, Enrolment]) -> None:
        """Keeps who enrolled whom, and decides earlier sales again: the event may come after them."""
        meant = await store.resolve(tx, found)
        await store.lock_members(tx, meant.values())
        await store.put_enrolments(tx, found)
        await self._credits.redecide(tx, meant.values())

    async def staff_changed(self, tx: Tx, people: Sequence[Staff]) -> None:
        """Keeps the newest state of staff members."""
        for person in people:
            await store.put_staff(tx, person)

    async def _add(self, tx: Tx, noted: Noted) -> None:
        if not await store.insert(tx, noted, self._policy.version, access.current().actor):
            return
        version = await store.next_version(tx, noted.member_id)
        held = Binding(noted, noted.bind_time + self._policy.protected, noted.bind_time + self._policy.valid)
        await outbox.append(tx, wire.bound(held, version, self._policy.version))

    def _vouched(self, noted: Noted, token: str) -> Noted:
        if not token:
            return noted
        scanned = self._tokens.verify(token, noted.bind_time)
        evidence = f"token:{scanned.token_id}"
        return replace(noted, staff_code=scanned.staff_code, location_id=scanned.location_id, evidence=evidence)


def at_till(fact_id: str, member_id: str, staff_code: str, location_id: str, moment: datetime, evidence: str) -> Noted:
    """A fact that a till vouches for."""
    return Noted(fact_id, member_id, staff_code, location_id, Source.TILL, moment, evidence)
