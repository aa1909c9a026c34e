"""What somebody who was forgotten still had: the brand's at once, or frozen for a while, for whoever has the code."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit import access, pages
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.merging import store_freezes
from services.member.merging.domain import Freeze
from services.member.points import reading
from services.member.privacy import store_erasures, store_forfeits
from services.member.privacy.domain_requests import ClaimInvalid, Erasure, ErasureState
from services.member.privacy.parts import Holding, Leaving
from services.member.vault import Vault

_FROZEN, _FORFEITED, _CLAIMED = "FORGOTTEN", "FORFEITED", "CLAIMED"
# tills may tell of sales for so long after somebody was forgotten
_LATE = timedelta(days=90)


class Forfeits:
    """Settles by posted moves; the ledgers name nobody but a tombstone."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._key = vault.digest("claim of left value")
        self._clock = clock
        self._leaving: Sequence[Leaving] = ()

    def bring(self, holdings: Sequence[Holding]) -> None:
        """Who keeps value."""
        self._leaving = [one for one in holdings if isinstance(one, Leaving)]

    async def begin(self, tx: Tx, erasure_id: str, ids: Sequence[str], now: datetime) -> None:
        """In the transaction in which he is forgotten."""
        if not await store_forfeits.keep_days(tx):
            await self._forfeit(tx, {erasure_id: ids}, now)
            return
        for member_id in ids:
            await store_freezes.freeze(tx, Freeze(uuid7(), member_id, _FROZEN, None, now))

    async def sweep(self, tx: Tx, now: datetime) -> None:
        """Daily: whose time is over; and what tills told too late of those before them."""
        until = now - timedelta(days=await store_forfeits.keep_days(tx))
        await self._forfeit(tx, await store_forfeits.due(tx, until - _LATE, until), now)

    async def code(self, tx: Tx, one: Erasure) -> str:
        """What claims it afterwards, for the member himself while he still is one; empty where nothing is kept."""
        own = access.current().kind is access.Kind.MEMBER
        waits = one.state in (ErasureState.ASKING, ErasureState.DELAYED)
        if not (own and waits and one.forfeit_value and await store_forfeits.keep_days(tx)):
            return ""
        return pages.encode({"c": one.erasure_id}, self._key)

    async def claim(self, tx: Tx, member_id: str, code: str) -> int:
        """Gives it to whoever has the code; how many pieces."""
        now = self._clock()
        await reading.require_member(tx, member_id)
        one = await store_erasures.lock(tx, self._named(code))
        kept = timedelta(days=await store_forfeits.keep_days(tx))
        if one is None or one.start_time is None or now >= one.start_time + kept:
            raise ClaimInvalid("nothing is kept for this code", field="claim_code")
        if not await store_forfeits.settle(tx, one.erasure_id, now, _CLAIMED):
            raise ClaimInvalid("it was claimed before", field="claim_code")
        ids = await store_forfeits.of(tx, one.erasure_id, one.start_time)
        moved = sum([await leaving.hand_on(tx, ids, member_id, now) for leaving in self._leaving])
        await self._thaw(tx, ids, now, _CLAIMED)
        return moved

    async def _forfeit(self, tx: Tx, due: Mapping[str, Sequence[str]], now: datetime) -> None:
        for erasure_id, ids in sorted(due.items()):
            for leaving in self._leaving:
                await leaving.forfeit(tx, ids, now)
            await store_forfeits.settle(tx, erasure_id, now, _FORFEITED)
            await self._thaw(tx, ids, now, _FORFEITED)

    async def _thaw(self, tx: Tx, ids: Sequence[str], now: datetime, why: str) -> None:
        for member_id in ids:
            await store_freezes.release(tx, member_id, now, why, access.current().actor)

    def _named(self, code: str) -> str:
        try:
            return str((pages.decode(code, self._key) or {})["c"])
        except (pages.PageTokenInvalid, KeyError):
            raise ClaimInvalid("this code is none of ours", field="claim_code") from None
