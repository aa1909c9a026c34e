"""Codes by message that prove a phone, and how often anybody may have one."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kit import attempts
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.telemetry import logs, metrics
from services.member import vault as sealing
from services.member.identity import domain, store_otp, wire
from services.member.identity.domain import By, Identifier, OtpLimited, OtpSpent, OtpWrong, Phone
from services.member.identity.rulebook import Rulebook
from services.member.identity.senders import Letter, Sender
from services.member.vault import Vault

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
class Proof:
    """A right code; it is worth something until it is spent."""

    challenge_id: str
    phone: str = field(repr=False)


class Otp:
    """Everything is counted in Postgres: when it cannot be counted, nothing is sent."""

    def __init__(
        self, db: Database, vault: Vault, rulebook: Rulebook, sender: Sender, clock: Clock, daily_cap: int, zone: str
    ) -> None:
        self._db = db
        self._vault = vault
        self._rulebook = rulebook
        self._sender = sender
        self._clock = clock
        self._daily_cap = daily_cap
        self._zone = ZoneInfo(zone)

    async def request(self, phone: Phone, device_id: str, client_address: str) -> Sent:
        """Sends a code. Whether anybody has that number is not even looked up here."""
        now, challenge_id = self._clock(), uuid7()
        code = new_code()
        challenge = self._challenge(challenge_id, phone, device_id, code, now)
        scopes = {
            self._scope("number", phone.e164): domain.NUMBER,
            self._scope("device", device_id): domain.DEVICE,
            self._scope("network", attempts.network(client_address)): domain.NETWORK,
            self._scope("prefix", phone.prefix): domain.PREFIX,
        }
        async with self._db.transaction() as tx:
            (await self._rulebook.current(tx)).refuse_blocked(Identifier(By.PHONE, phone.e164), "phone")
            await count(tx, scopes, now)
            await self._refuse_pumping(tx, phone, now)
            await self._refuse_over_cap(tx, now)
            await store_otp.insert(tx, challenge)
            await store_otp.sweep(tx, now - _KEPT)
        shown = wire.masked(Identifier(By.PHONE, phone.e164))
        await self._sender.send(Letter(challenge_id, phone.e164, shown, code, challenge.expire_time))
        return Sent(challenge_id, challenge.expire_time, int(domain.NUMBER[0].period.total_seconds()))

    async def prove(self, challenge_id: str, code: str, device_id: str) -> Proof:
        """Takes one try; a right code is to be spent, and holds only where it was asked for."""
        taken = await self._take_try(challenge_id, self._clock())
        right = sealing.same(taken.code_hash, self._vault.digest("otp code", challenge_id, code))
        here = sealing.same(taken.device_hash, self._scope("device", device_id))
        if not (right and here):
            left = domain.OTP_TRIES - taken.number
            raise OtpWrong(f"the code is not right, {left} tries left", field="code", tries_left=left)
        return Proof(challenge_id, self._vault.unwrap(_PURPOSE, taken.phone_sealed, challenge_id).decode())

    async def spend(self, tx: Tx, proof: Proof, now: datetime) -> None:
        """In the transaction of what it proves; refuses whoever comes second."""
        if not await store_otp.spend(tx, proof.challenge_id, now):
            raise spent()

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
                raise spent()
            await count(tx, {self._vault.digest("otp tries", taken.phone_hash.hex()): domain.TRIES}, now)
        return taken


def new_code() -> str:
    """Six digits that nobody can foresee."""
    return f"{secrets.randbelow(10**domain.OTP_DIGITS):0{domain.OTP_DIGITS}d}"


async def count(tx: Tx, scopes: domain.Windows, now: datetime) -> None:
    """Refuses if any window is full; else counts one in each."""
    times = await store_otp.lock_windows(tx, list(scopes), now)
    longest = max(attempts.wait(times[scope], limits, now) for scope, limits in scopes.items())
    if longest:
        raise _limited(int(longest.total_seconds()) + 1)
    await store_otp.count(tx, [(scope, attempts.horizon(limits)) for scope, limits in scopes.items()], now)


def spent() -> OtpSpent:
    """A code that is worth nothing any more."""
    return OtpSpent("the code was used, has expired or was tried too often: ask for a new one", field="challenge_id")


def _limited(seconds: int) -> OtpLimited:
    return OtpLimited(f"too many codes were asked for: wait {seconds} s", retry_after=seconds)
