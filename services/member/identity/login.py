"""Login by a code sent to the phone, and with it the claim of an account that a store had made."""

from dataclasses import dataclass, field

from kit.clock import Clock
from kit.postgres import Database
from services.member.identity.arrivals import Arrival, Arrivals, Welcome
from services.member.identity.domain import By, Identifier
from services.member.identity.joins import Joins
from services.member.identity.otp import Otp


@dataclass(frozen=True, slots=True)
class Told:
    """What comes with a code."""

    device_id: str
    source: str = "web"
    name: str = field(default="", repr=False)
    join_token: str = field(default="", repr=False)
    anonymous: tuple[Identifier, ...] = ()
    join_history: bool = False


class Login:
    """Whoever holds a phone is the member who has its number."""

    def __init__(self, db: Database, otp: Otp, arrivals: Arrivals, joins: Joins, clock: Clock) -> None:
        self._db = db
        self._otp = otp
        self._arrivals = arrivals
        self._joins = joins
        self._clock = clock

    async def verify(self, challenge_id: str, code: str, told: Told) -> Welcome:
        """Signs in whoever holds the phone, and joins the login that waits for it, if one does."""
        now = self._clock()
        proof = await self._otp.prove(challenge_id, code, told.device_id)
        await self._arrivals.ready()
        async with self._db.transaction() as tx:
            await self._otp.spend(tx, proof, now)
            proven, name = [Identifier(By.PHONE, proof.phone, told.source, now)], told.name
            if told.join_token:
                joining = await self._joins.take(tx, told.join_token, told.device_id, now)
                proven.append(joining.identifier)
                name = name or joining.name
            arrival = Arrival(tuple(proven), told.device_id, now, told.source, name, told.anonymous, told.join_history)
            return await self._arrivals.enter(tx, arrival)

    async def prove_phone(self, member_id: str, challenge_id: str, code: str, device_id: str) -> None:
        """The phone is the signed-in member's from now on."""
        now = self._clock()
        proof = await self._otp.prove(challenge_id, code, device_id)
        async with self._db.transaction() as tx:
            await self._otp.spend(tx, proof, now)
            await self._arrivals.prove(tx, member_id, Identifier(By.PHONE, proof.phone, "app", now), now)
