"""Issues the codes that members show, and takes each once."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kit import access
from kit.errors import Fault
from kit.ids import uuid7
from kit.postgres import Database, Tx
from services.member.access.signing import Keyring
from services.member.codes import domain, store
from services.member.codes.domain import MemberCodeInvalid, MemberCodeSpent
from services.member.identity import store as members
from services.member.identity.domain import MemberUnknown


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows until it shows the next."""

    code: str = field(repr=False)
    expire_time: datetime


class MemberCodes:
    """Codes live on the machine's clock, as tokens do: a till without a line has no other."""

    def __init__(self, db: Database, keys: Keyring, issuer: str, wall: Callable[[], datetime]) -> None:
        self._db = db
        self._keys = keys
        self._issuer = issuer
        self._wall = wall

    async def issue(self, member_id: str) -> Shown:
        """A fresh one for the member who asks."""
        access.require_member(member_id)
        async with self._db.read() as tx:
            meant = await members.resolve(tx, member_id)
            if not await members.known(tx, [meant]):
                raise MemberUnknown("no such member", field="member_id")
        end = (self._wall() + domain.LIFE).replace(microsecond=0)
        claims = {"iss": self._issuer, "sub": meant, "exp": int(end.timestamp()), "jti": uuid7()}
        return Shown(await self._keys.statement(claims, domain.TYPE), end)

    async def take(self, tx: Tx, code: str) -> str | Fault:
        """Whose it is; a refusal is answered, not raised, for the look itself is written down all the same."""
        claims = await self._keys.stated(code, domain.TYPE)
        try:
            member_id, nonce = str(uuid.UUID(claims["sub"])), str(uuid.UUID(claims["jti"]))
            end = datetime.fromtimestamp(int(claims["exp"]), UTC)
            ours = claims["iss"] == self._issuer
        except (KeyError, ValueError, TypeError, AttributeError):
            return MemberCodeInvalid("this is no member's code", field="key", rule="signature")
        now = self._wall()
        if not ours or end > now + domain.LIFE + domain.LEEWAY:
            return MemberCodeInvalid("this is no member's code", field="key", rule="signature")
        if end <= now:
            return MemberCodeInvalid("this code has expired: have it shown again", field="key", rule="expired")
        await store.sweep(tx, now - timedelta(minutes=5))
        if not await store.take(tx, nonce, end):
            return MemberCodeSpent("this code was shown before", field="key")
        return member_id
