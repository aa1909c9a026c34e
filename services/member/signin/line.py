"""Signs in by LINE Login: a browser goes there and comes back, and one account there is one member here."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit import access
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database
from services.member import vault as sealing
from services.member.identity.arrivals import Arrival, Arrivals, Welcome
from services.member.identity.domain import By, Identifier
from services.member.identity.joins import LIFE, Joining, Joins, LoginSpent
from services.member.signin import store
from services.member.signin.provider import Provider
from services.member.vault import Vault

PROVIDER = "line"
_AWAY = timedelta(minutes=10)
_PURPOSE = "login attempt"


class LoginNotOffered(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "LOGIN_NOT_OFFERED"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser."""

    authorize_url: str
    state: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Proved, but nobody's yet."""

    join_token: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes with a login."""

    device_id: str
    source: str = "web"
    name: str = field(default="", repr=False)
    anonymous: tuple[Identifier, ...] = ()
    join_history: bool = False


class LineLogin:
    """LINE Login."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        arrivals: Arrivals,
        joins: Joins,
        provider: Provider | None,
        redirects: frozenset[str],
        clock: Clock,
    ) -> None:
        self._db = db
        self._vault = vault
        self._arrivals = arrivals
        self._joins = joins
        self._line = provider
        self._redirects = redirects
        self._clock = clock

    async def begin(self, device_id: str, redirect_uri: str) -> Begun:
        """Remembers who was sent; only this device may finish, once, within ten minutes."""
        line, now = self._provider(), self._clock()
        if redirect_uri not in self._redirects:
            raise invalid("redirect_uri", "must be one that the brand has set up")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = await line.authorize_url(redirect_uri, state, nonce, verifier)
        hashed = sealing.hashed(state)
        kept = self._vault.wrap(_PURPOSE, json.dumps([nonce, verifier]).encode(), hashed.hex())
        async with self._db.transaction() as tx:
            await store.sweep(tx, now)
            attempt = store.Attempt(redirect_uri, kept)
            await store.insert(tx, hashed, PROVIDER, self._device(device_id), attempt, now + _AWAY)
        return Begun(url, state, now + _AWAY)

    async def finish(self, state: str, code: str, coming: Coming) -> Welcome | Waiting:
        """In, or waiting for a proof of the phone; a member who is signed in has it from now on."""
        found = await self._redeemed(state, code, coming.device_id)
        await self._arrivals.ready()
        now, caller = self._clock(), access.current()
        arrival = self._arrival(found, coming, now)
        async with self._db.transaction() as tx:
            if caller.kind is access.Kind.MEMBER:
                await self._arrivals.prove(tx, caller.id, found.identifier, now)
                return await self._arrivals.open(tx, caller.id, arrival)
            if await self._arrivals.holder(tx, found.identifier):
                return await self._arrivals.enter(tx, arrival)
            return Waiting(await self._joins.keep(tx, found, coming.device_id, now), now + LIFE)

    async def alone(self, join_token: str, coming: Coming) -> Welcome:
        """A member known by LINE and nothing else; a phone may be proved later."""
        await self._arrivals.ready()
        now = self._clock()
        async with self._db.transaction() as tx:
            found = await self._joins.take(tx, join_token, coming.device_id, now)
            return await self._arrivals.enter(tx, self._arrival(found, coming, now))

    async def _redeemed(self, state: str, code: str, device_id: str) -> Joining:
        line, now, hashed = self._provider(), self._clock(), sealing.hashed(state)
        async with self._db.transaction() as tx:
            attempt = await store.spend(tx, hashed, PROVIDER, self._device(device_id), now)
        if attempt is None:
            raise LoginSpent("this login was used, has expired or began elsewhere", field="state")
        nonce, verifier = json.loads(self._vault.unwrap(_PURPOSE, attempt.secrets_sealed, hashed.hex()))
        told = await line.redeem(code, attempt.redirect_uri, verifier, nonce)
        return Joining(Identifier(By.LINE, told.subject, PROVIDER, now), told.name)

    def _arrival(self, found: Joining, coming: Coming, now: datetime) -> Arrival:
        name = coming.name or found.name
        return Arrival(
            (found.identifier,), coming.device_id, now, coming.source, name, coming.anonymous, coming.join_history
        )

    def _provider(self) -> Provider:
        if self._line is None:
            raise LoginNotOffered("the brand has not set LINE Login up")
        return self._line

    def _device(self, device_id: str) -> bytes:
        return self._vault.digest("login device", device_id)
