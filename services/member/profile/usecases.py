"""Keeping wishes: by the member, by staff on the member's behalf, and by a till's fact."""

from collections.abc import Sequence

from kit import access, outbox
from kit.access import Kind
from kit.clock import Clock
from kit.postgres import Tx
from services.member.identity.facts import Wish as NotedWish
from services.member.points import store as people
from services.member.profile import store, wire
from services.member.profile.domain import SkuUnknown, Wish


class Profile:
    """What the brand knows of a member's tastes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def add_wish(self, tx: Tx, member_id: str, sku: str, note: str) -> Wish:
        """Puts a wish on the list, with who did it and where; a wish that is there stays as it is."""
        if not await store.knows(tx, sku):
            raise SkuUnknown("the catalogue has no such SKU", sku=sku, field="sku")
        principal = access.current()
        by_staff = principal.kind is Kind.STAFF
        where = principal.location_ids[0] if by_staff and principal.location_ids else ""
        meant = (await people.resolve(tx, [member_id]))[member_id]
        wish = Wish(meant, sku, self._clock(), principal.staff_code if by_staff else "", where, note)
        await self._put(tx, wish)
        return await store.one(tx, meant, sku) or wish

    async def remove_wish(self, tx: Tx, member_id: str, sku: str) -> None:
        """Takes a wish off the list, if it is there."""
        meant = (await people.resolve(tx, [member_id]))[member_id]
        gone = await store.remove(tx, meant, sku)
        if gone is not None:
            version = await store.next_version(tx, meant)
            await outbox.append(tx, wire.changed(gone, version, self._clock(), removed=True))

    async def note(self, tx: Tx, noted: Sequence[NotedWish]) -> None:
        """Wishes that tills noted: kept also for a SKU that nobody has described yet."""
        meant = await people.resolve(tx, (wish.member_id for wish in noted))
        for one in noted:
            wish = Wish(meant[one.member_id], one.sku, one.business_time, one.staff_code, one.location_id, one.note)
            await self._put(tx, wish)

    async def merge(self, tx: Tx, absorbed_id: str, member_id: str) -> None:
        """Brings the wishes of an absorbed id along."""
        await store.rehome(tx, absorbed_id, member_id)

    async def _put(self, tx: Tx, wish: Wish) -> None:
        if await store.add(tx, wish):
            version = await store.next_version(tx, wish.member_id)
            await outbox.append(tx, wire.changed(wish, version, self._clock(), removed=False))
