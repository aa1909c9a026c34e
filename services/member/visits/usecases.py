"""Keeps what somebody looked at before he signed in, and makes it his when he does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit.clock import Clock
from kit.postgres import Database, Tx
from services.member.identity.domain import Identifier
from services.member.identity.register import Register
from services.member.privacy import consents, store_consents
from services.member.privacy.domain import Choice, Purpose, Said
from services.member.profile import timeline
from services.member.profile.domain_timeline import Kind
from services.member.profile.timeline import Record
from services.member.vault import Vault
from services.member.visits import store
from services.member.visits.store import Visit

MOST = 500


class Visits:
    """Nothing is kept of those who did not agree, nothing is joined to those who refused, nothing for long."""

    def __init__(self, db: Database, vault: Vault, register: Register, clock: Clock, days: int) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._clock = clock
        self._kept = timedelta(days=days)

    async def record(self, anonymous: Identifier, visits: Sequence[Visit], *, consent: bool) -> int:
        """Keeps them, or, without consent, forgets what there was."""
        now, lookup = self._clock(), self._register.lookup(anonymous)
        recent = [one for one in visits if now - self._kept < one.business_time <= now + timedelta(minutes=5)]
        async with self._db.transaction() as tx:
            await store.sweep(tx, now - self._kept)
            if not consent:
                await store.take(tx, [lookup])
                return 0
            return await store.insert(tx, lookup, anonymous.source, recent, MOST) if recent else 0

    async def join(
        self, tx: Tx, member_id: str, anonymous: Sequence[Identifier], wished: bool, now: datetime
    ) -> None:  # fmt: skip
        """Somebody has signed in: what was kept is his, or is forgotten.

        A browser that is another member's, such as the tablet in the shop,
        makes nobody's looks his.
        """
        if not anonymous:
            return
        own = [one for one in anonymous if await self._register.holder(tx, one) == member_id]
        kept = await store.take(tx, [self._register.lookup(one) for one in anonymous])
        recent = [one for one in kept if one.business_time > now - self._kept]
        if own and recent and wished and await self._agreed(tx, member_id, own[0].source, now):
            await timeline.append(tx, self._vault, [_record(member_id, one) for one in recent])

    async def _agreed(self, tx: Tx, member_id: str, source: str, now: datetime) -> bool:
        """Who has said nothing agrees by wishing it; who has refused stays refused."""
        choice = await store_consents.choice(tx, member_id, Purpose.BROWSING, "")
        if choice in (None, Choice.UNSAID):
            said = [Said(Purpose.BROWSING, "", Choice.GRANTED)]
            await consents.record(tx, member_id, said, source, "sign-in", now)
            return True
        return choice is Choice.GRANTED


def _record(member_id: str, one: Visit) -> Record:
    kind = Kind.FAVOURITE if one.kind == "FAVOURED" else Kind.BROWSING
    data: dict[str, str | int] = {"what": one.kind, "before_sign_in": 1}
    return Record(one.visit_id, member_id, kind, one.source, one.business_time, subject_id=one.sku, data=data)
