"""Several people with one number: told apart by a person, and only the holder signs in by it."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.identity import store_shares
from services.member.identity.domain import Identifier, Member
from services.member.identity.domain_rules import IdentifierLimited
from services.member.identity.register import Register

# a household; more is a number that means nobody
MOST = 8


class Sharing:
    """Who is found by a number that is somebody else's."""

    def __init__(self, register: Register) -> None:
        self._register = register

    async def share(self, tx: Tx, member_id: str, one: Identifier, now: datetime) -> None:
        """He is found by it beside its holder."""
        lookup = self._register.lookup(one)
        if len(await store_shares.of(tx, [lookup])) >= MOST:
            raise IdentifierLimited(f"{one.kind}: {MOST} people share it already", field=one.kind, kind=one.kind)
        await store_shares.share(tx, member_id, (lookup, one.kind.value, one.source, now))

    async def others(self, tx: Tx, asked: Sequence[Identifier]) -> list[Member]:
        """Who shares these."""
        ids = await store_shares.of(tx, [self._register.lookup(one) for one in asked]) if asked else []
        found = [await self._register.get(tx, one) for one in ids]  # a household at most
        return [one for one in found if one is not None]

    async def unshared(self, tx: Tx, member_id: str, asked: Sequence[Identifier]) -> list[Identifier]:
        """Those that he does not share."""
        return [one for one in asked if member_id not in await store_shares.of(tx, [self._register.lookup(one)])]

    async def only(self, tx: Tx, one: Identifier) -> str | None:
        """Whose it is now that nobody holds it: of one alone who shares it and has claimed no account."""
        found = await self.others(tx, [one])
        return found[0].member_id if len(found) == 1 and found[0].claim_time is None else None

    async def end(self, tx: Tx, member_id: str, one: Identifier) -> bool:
        """He is found by it no more; False if he was not."""
        return await store_shares.end(tx, self._register.lookup(one), member_id)
