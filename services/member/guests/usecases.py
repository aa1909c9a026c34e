"""Begins guests, and makes them the members who they prove to be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kit import access, attempts, fields, outbox, requests, timers
from kit.access import Actor
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from kit.requests import Request
from kit.timers import Due
from omo.member.v1 import guest_service_pb2 as pb
from services.member.access.domain import Grant
from services.member.contacts.usecases import Contact, Contacts
from services.member.ground import Ground
from services.member.guests import domain, store
from services.member.guests.domain import GuestClaimed, GuestLimited, Told
from services.member.identity import domain as identity
from services.member.identity import store as members
from services.member.identity import store_otp, wire
from services.member.identity.domain import By, Identifier, MemberUnknown
from services.member.identity.rulebook import Rulebook

SWEEP = "guests.sweep"
_AT_ONCE = 500
_DAILY = timedelta(days=1)
_PROVABLE = (By.PHONE, By.EMAIL)


class Guests:
    """What a guest types is a word: it takes nothing from anybody, and proves nothing."""

    def __init__(self, g: Ground, rulebook: Rulebook, contacts: Contacts) -> None:
        self._g = g
        self._rulebook = rulebook
        self._contacts = contacts

    async def begin(self, asked: Request, told: Told) -> pb.BeginGuestResponse:
        """A guest and his token; the same request from the same device gives the same guest a fresh token."""
        phone = self._g.phones.mobile("phone", told.phone) if told.phone else None
        if phone is None and not told.email:
            raise invalid("phone", "must be given, or email")
        at_device = self._g.vault.digest("guest request", told.device_id, asked.request_id).hex()

        async def work(tx: Tx) -> pb.BeginGuestResponse:
            now, guest_id = self._g.clock(), uuid7()
            by_phone = Identifier(By.PHONE, phone.e164) if phone else None
            by_email = await self._email(tx, told.email) if told.email else None
            rules = await self._rulebook.current(tx)
            for one in filter(None, (by_phone, by_email)):
                rules.refuse_blocked(one, one.kind.value)
            await self._count(tx, phone, by_email, told, now)
            phone_lookup, email_lookup = map(self._lookup, (by_phone, by_email))
            await store.insert(tx, guest_id, phone_lookup, email_lookup, now)
            contact = Contact(told.name, phone.e164 if phone else "", told.address)
            sealed = await self._contacts.keep(tx, guest_id, guest_id, contact)
            return pb.BeginGuestResponse(
                guest_id=guest_id, contact_id=sealed.contact_id, masked_name=sealed.masked_name
            )

        reply = await requests.once(
            self._g.db, replace(asked, request_id=at_device), work, pb.BeginGuestResponse,
            aggregate_id=lambda answer: answer.guest_id,
        )  # fmt: skip
        return await self._with_token(reply)

    async def claim(self, asked: Request, member_id: str) -> pb.ClaimGuestsResponse:
        """By what a member has proved in these minutes."""
        access.require_member(member_id)

        async def work(tx: Tx) -> pb.ClaimGuestsResponse:
            member = await self._g.register.get(tx, member_id)
            if member is None:
                raise MemberUnknown("no such member", field="member_id")
            now = self._g.clock()
            lookups = await store.proven(tx, member.member_id, now - domain.PROVED_WITHIN)
            return pb.ClaimGuestsResponse(guests=await self._found(tx, member.member_id, lookups, now))

        return await requests.once(self._g.db, asked, work, pb.ClaimGuestsResponse)

    async def on_proof(self, tx: Tx, member_id: str, proven: Sequence[Identifier], now: datetime) -> None:
        """A member has proved something just now: the guests who gave it are himself."""
        lookups = [self._g.register.lookup(one) for one in proven if one.kind in _PROVABLE]
        await self._found(tx, member_id, lookups, now)

    async def begin_sweeping(self) -> None:
        """Looks once at each start, then daily."""
        async with self._g.db.transaction() as tx:
            await timers.schedule(tx, SWEEP, SWEEP, self._g.clock())

    async def sweep(self, tx: Tx, due: Due) -> None:
        """Forgets guests whom nobody claimed; another bite at once while there are more."""
        now, days = self._g.clock(), await store.keep_days(tx)
        more = bool(days) and await store.sweep(tx, now - timedelta(days=days), _AT_ONCE) == _AT_ONCE
        await timers.schedule(tx, SWEEP, due.key, now if more else now + _DAILY)

    async def _found(self, tx: Tx, member_id: str, lookups: Sequence[bytes], now: datetime) -> int:
        if not lookups:
            return 0
        found = await store.claim(tx, lookups, now, now - domain.CLAIM_WITHIN)
        actor = Actor(access.Kind.MEMBER, member_id)
        for guest_id in found:
            version = await members.alias(tx, guest_id, member_id, "a guest who proved to be him")
            assert version is not None, "a guest's id means nobody before"
            told = wire.merged(member_id, guest_id, version, now, actor)
            told.meta.reason = domain.PROVEN
            await outbox.append(tx, told)
        return len(found)

    def _lookup(self, one: Identifier | None) -> bytes | None:
        return self._g.register.lookup(one) if one else None

    async def _email(self, tx: Tx, text: str) -> Identifier:
        value = (await self._rulebook.current(tx)).normalised(By.EMAIL, text)
        if value is None:
            raise invalid("email", "must be an e-mail address")
        return Identifier(By.EMAIL, value)

    async def _count(
        self, tx: Tx, phone: identity.Phone | None, email: Identifier | None, told: Told, now: datetime
    ) -> None:
        """As codes to telephones are counted, by limits and in windows of its own: a guest costs nobody a code."""
        limits: dict[tuple[str, str], Sequence[identity.Limit]] = {
            ("device", told.device_id): domain.DEVICE,
            ("network", attempts.network(told.client_address)): domain.NETWORK,
        }
        if phone:
            limits |= {("number", phone.e164): domain.NUMBER, ("prefix", phone.prefix): domain.PREFIX}
        if email:
            limits[("address", email.value)] = domain.NUMBER
        scopes = {self._g.vault.digest("guest scope", *scope): limit for scope, limit in limits.items()}
        times = await store_otp.lock_windows(tx, list(scopes), now)
        wait = max(attempts.wait(times[scope], limit, now) for scope, limit in scopes.items())
        if wait:
            seconds = int(wait.total_seconds()) + 1
            raise GuestLimited(f"too many guests from there: wait {seconds} s, or sign in", retry_after=seconds)
        await store_otp.count(tx, [(scope, attempts.horizon(limit)) for scope, limit in scopes.items()], now)

    async def _with_token(self, reply: pb.BeginGuestResponse) -> pb.BeginGuestResponse:
        async with self._g.db.read() as tx:
            if await store.is_claimed(tx, reply.guest_id):
                raise GuestClaimed("this guest is a member by now: sign in")
        token = await self._g.sessions.token(Grant(reply.guest_id, domain.AUDIENCE), domain.TOKEN_LIFE)
        reply.access_token = token.text
        reply.access_expire_time.CopyFrom(fields.timestamp(token.expire_time))
        return reply
