"""Counts wrong gift card codes, each before it is looked for, so that guesses in parallel are counted too."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from kit import access
from kit.clock import Clock
from kit.postgres import Database
from services.member.cards import domain, domain_tries, store_tries
from services.member.cards.domain_tries import Scope
from services.member.vault import Vault


class Guessing:
    """In transactions of its own: what is refused is counted all the same."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    @asynccontextmanager
    async def watched(self, typed: str) -> AsyncIterator[None]:
        """Around whatever looks for a code: raises CardLocked; a right code is no try.

        A typing error is told by the code itself and tells nobody anything, so
        it does not count.
        """
        scopes = self._scopes(domain.read(typed))
        moment = await self._count(scopes)
        try:
            yield
        except domain.CardUnknown:
            raise
        except Exception:
            await self._forgive(scopes, moment)
            raise
        await self._forgive(scopes, moment)

    async def _count(self, scopes: Mapping[bytes, Scope]) -> datetime:
        now, until = self._clock(), list[datetime]()
        async with self._db.transaction() as tx:
            for key, tries in (await store_tries.lock(tx, sorted(scopes), now)).items():
                end = tries.locked(scopes[key], now)
                if end is not None:
                    until.append(end)
                    await store_tries.locked(tx, key, end, now)
            if not until:
                await store_tries.count(tx, sorted(scopes), now, domain_tries.WINDOW)
        if until:
            raise domain_tries.refusal(max(until), now)
        return now

    async def _forgive(self, scopes: Mapping[bytes, Scope], moment: datetime) -> None:
        async with self._db.transaction() as tx:
            await store_tries.forgive(tx, sorted(scopes), moment)

    def _scopes(self, code: str) -> dict[bytes, Scope]:
        caller, stem = access.current().actor.encode(), domain_tries.stem(code)
        return {
            self._vault.digest("gift card tries", Scope.CALLER, caller): Scope.CALLER,
            self._vault.digest("gift card tries", Scope.CARD, stem): Scope.CARD,
        }
