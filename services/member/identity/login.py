"""Login by a code sent to the phone, and with it the claim of an account that a store had made."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kit import access, outbox
from kit.access import Actor
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.telemetry import logs, metrics
from services.member import vault as sealing
from services.member.access.domain import SHOPPER_SESSION, Family, Grant, Session
from services.member.access.sessions import Sessions
from services.member.identity import domain, store, store_otp, wire
from services.member.identity.domain import By, Identifier, Kind, Member, OtpLimited, OtpSpent, OtpWrong, Phone
from services.member.identity.register import Register, Taken
from services.member.identity.senders import Letter, Sender
from services.member.vault import Vault

AUDIENCE = "shop"
_PURPOSE = "otp phone"
_KEPT = timedelta(days=7)
_LONG = 3600  # what is said to wait where nobody should count on a time

logs.allow("prefix")
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """A code is on its way."""

    challenge_id: str
    expire_time: datetime
    retry_after: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """Somebody has proved a phone."""

    session: Session
    member: Member
    claimed_now: bool
    created_now: bool


class Login:
    """Codes by message. Everything is counted in Postgres: when it cannot be counted, nothing is sent."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        register: Register,
        sessions: Sessions,
        sender: Sender,
        clock: Clock,
        daily_cap: int,
        zone: str,
    ) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._sessions = sessions
        self._sender = sender
        self._clock = clock
        self._daily_cap = daily_cap
        self._zone = ZoneInfo(zone)
        sessions.know(AUDIENCE, self._granted)

    async def request(self, phone: Phone, device_id: str, client_address: str) -> Sent:
        """Sends a code. Whether anybody has that number is not even looked up here."""
        now, challenge_id = self._clock(), uuid7()
        code = f"{secrets.randbelow(10**domain.OTP_DIGITS):0{domain.OTP_DIGITS}d}"
        challenge = self._challenge(challenge_id, phone, device_id, code, now)
        scopes = {
            self._scope("number", phone.e164): domain.NUMBER,
            self._scope("device", device_id): domain.DEVICE,
            self._scope("network", domain.network(client_address)): domain.NETWORK,
            self._scope("prefix", phone.prefix): domain.PREFIX,
        }
        async with self._db.transaction() as tx:
            await self._count(tx, scopes, now)
            await self._refuse_pumping(tx, phone, now)
            await self._refuse_over_cap(tx, now)
            await store_otp.insert(tx, challenge)
            await store_otp.sweep(tx, now - _KEPT)
        shown = wire.masked(Identifier(By.PHONE, phone.e164))
        await self._sender.send(Letter(challenge_id, phone.e164, shown, code, challenge.expire_time))
        return Sent(challenge_id, challenge.expire_time, int(domain.NUMBER[0].period.total_seconds()))

    async def verify(self, challenge_id: str, code: str, device_id: str, name: str, source: str) -> Welcome:
        """Signs in whoever holds the phone; a right code works once, and only where it was asked for."""
        now = self._clock()
        taken = await self._take_try(challenge_id, now)
        right = sealing.same(taken.code_hash, self._vault.digest("otp code", challenge_id, code))
        here = sealing.same(taken.device_hash, self._scope("device", device_id))
        if not (right and here):
            left = domain.OTP_TRIES - taken.number
            raise OtpWrong(f"the code is not right, {left} tries left", field="code", tries_left=left)
        phone = self._vault.unwrap(_PURPOSE, taken.phone_sealed, challenge_id).decode()
        await self._sessions.ready()
        async with self._db.transaction() as tx:
            if not await store_otp.spend(tx, challenge_id, now):
                raise _spent()
            return await self._enter(tx, Identifier(By.PHONE, phone, source, now), device_id, name, now)

    def _challenge(
        self, challenge_id: str, phone: Phone, device_id: str, code: str, now: datetime
    ) -> store_otp.Challenge:
        return store_otp.Challenge(
            challenge_id,
            self._scope("number", phone.e164),
            self._vault.wrap(_PURPOSE, phone.e164.encode(), challenge_id),
            self._scope("device", device_id),
            self._vault.digest("otp code", challenge_id, code),
            phone.prefix,
            phone.region,
            now,
            now + domain.OTP_LIFE,
        )

    def _scope(self, kind: str, value: str) -> bytes:
        return self._vault.digest("otp scope", kind, value)

    async def _count(self, tx: Tx, scopes: domain.Windows, now: datetime) -> None:
        """Refuses if any window is full; else counts one in each."""
        times = await store_otp.lock_windows(tx, list(scopes), now)
        longest = max(domain.wait(times[scope], limits, now) for scope, limits in scopes.items())
        if longest:
            raise _limited(int(longest.total_seconds()) + 1)
        await store_otp.count(tx, [(scope, domain.horizon(limits)) for scope, limits in scopes.items()], now)

    async def _refuse_pumping(self, tx: Tx, phone: Phone, now: datetime) -> None:
        until, since = now - domain.OTP_LIFE, now - domain.BREAKER_SPAN
        limit = domain.BREAKER_SENDS
        found = await store_otp.outcomes(tx, phone.prefix, phone.region, until, since, limit)
        metrics.OTP_COMPLETION_RATIO.labels(phone.prefix).set(found[0].completed / (found[0].sent or 1))
        if any(domain.pumped(one.sent, one.completed) for one in found):
            _log.error("login codes are not typed in: sending stopped", reason="OTP_PUMPING", prefix=phone.prefix)
            raise _limited(_LONG)

    async def _refuse_over_cap(self, tx: Tx, now: datetime) -> None:
        if not await store_otp.count_day(tx, now.astimezone(self._zone).date(), self._daily_cap):
            _log.error("the day's cap on login codes is reached", reason="OTP_CAP")
            raise _limited(_LONG)

    async def _take_try(self, challenge_id: str, now: datetime) -> store_otp.Try:
        async with self._db.transaction() as tx:
            taken = await store_otp.take_try(tx, challenge_id, now, domain.OTP_TRIES)
            if taken is None:
                raise _spent()
            await self._count(tx, {self._vault.digest("otp tries", taken.phone_hash.hex()): domain.TRIES}, now)
        return taken

    async def _enter(self, tx: Tx, phone: Identifier, device_id: str, name: str, now: datetime) -> Welcome:
        holder = await self._register.holder(tx, phone)
        created = False
        if holder is None:
            holder, created = await self._created(tx, phone, name, now)
        claimed = not created and await self._claimed(tx, holder, phone, now)
        member = await self._register.get(tx, holder)
        assert member is not None, "a held identifier has a member"
        session = await self._sessions.open(
            tx, Grant(member.member_id, AUDIENCE), member.member_id, device_id, SHOPPER_SESSION
        )
        return Welcome(session, member, claimed, created)

    async def _created(self, tx: Tx, phone: Identifier, name: str, now: datetime) -> tuple[str, bool]:
        member = Member(uuid7(), Kind.MEMBER, name, (phone,), now, "", "", phone.source, now)
        try:
            async with tx.transaction():
                await self._register.make(tx, [member], now, Actor(access.Kind.MEMBER, member.member_id))
        except Taken:  # the same phone came in by another door in this very moment
            holder = await self._register.holder(tx, phone)
            assert holder is not None
            return holder, False
        return member.member_id, True

    async def _claimed(self, tx: Tx, member_id: str, phone: Identifier, now: datetime) -> bool:
        """Whether the account becomes the shopper's own with this; the proof is kept in any case."""
        await store.verify(tx, member_id, phone.kind.value, self._register.lookup(phone), now)
        version = await store.claim(tx, member_id, now)
        if version is None:
            return False
        await outbox.append(tx, wire.claimed(member_id, version, now, Actor(access.Kind.MEMBER, member_id)))
        return True

    async def _granted(self, tx: Tx, family: Family) -> Grant | None:
        member_id = await store.resolve(tx, family.principal_id)
        return Grant(member_id, AUDIENCE) if await store.known(tx, [member_id]) else None


def _limited(seconds: int) -> OtpLimited:
    return OtpLimited(f"too many codes were asked for: wait {seconds} s", retry_after=seconds)


def _spent() -> OtpSpent:
    return OtpSpent("the code was used, has expired or was tried too often: ask for a new one", field="challenge_id")
