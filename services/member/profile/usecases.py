"""Keeping wishes: by the member, by staff on the member's behalf, and by a till's fact."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, outbox
from kit.access import Kind
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.member.identity.facts import Wish as NotedWish
from services.member.identity.register import Register
from services.member.points import store as people
from services.member.profile import store, wire
from services.member.profile.domain import SkuUnknown, Wish

_AT_ONCE = 200


class Profile:
    """What the brand knows of a member's tastes; what somebody wrote about him is sealed under the member's key."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
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
        found = await store.one(tx, meant, sku)
        return (await self._opened(tx, meant, [found]))[0] if found else wish

    async def remove_wish(self, tx: Tx, member_id: str, sku: str) -> None:
        """Takes a wish off the list, if it is there."""
        await self.take_off(tx, (await people.resolve(tx, [member_id]))[member_id], sku)

    async def take_off(self, tx: Tx, member_id: str, sku: str) -> bool:
        """Takes a wish off exactly this id's list; False if it was not there."""
        gone = await store.remove(tx, member_id, sku)
        if gone is not None:
            version = await store.next_version(tx, member_id)
            await outbox.append(tx, wire.changed(_bare(gone), version, self._clock(), removed=True))
        return gone is not None

    async def wishes(self, tx: Tx, member_id: str) -> list[Wish]:
        """A member's wishes, newest first."""
        meant = (await people.resolve(tx, [member_id]))[member_id]
        return await self._opened(tx, meant, await store.of_member(tx, meant))

    async def note_of(self, tx: Tx, member_id: str, sku: str) -> str:
        """What was noted with a wish that is on the list."""
        meant = (await people.resolve(tx, [member_id]))[member_id]
        found = await store.one(tx, meant, sku)
        return (await self._opened(tx, meant, [found]))[0].note if found else ""

    async def note(self, tx: Tx, noted: Sequence[NotedWish]) -> None:
        """Wishes that tills noted: kept also for a SKU that nobody has described yet."""
        meant = await people.resolve(tx, (wish.member_id for wish in noted))
        for one in noted:
            wish = Wish(meant[one.member_id], one.sku, one.business_time, one.staff_code, one.location_id, one.note)
            await self._put(tx, wish)

    async def copy_wishes(self, tx: Tx, giver: str, taker: str) -> list[str]:
        """Puts one member's wishes on another's list, notes sealed anew; gives the SKUs that were not on it."""
        wishes = await self._opened(tx, giver, await store.of_member(tx, giver))
        return [wish.sku for wish in wishes if await self._put(tx, replace(wish, member_id=taker))]

    async def seal_clear(self, db: Database) -> int:
        """Seals the notes that were kept in clear by an older version; gives how many there were."""
        total = 0
        while True:
            async with db.transaction() as tx:
                found = await store.in_clear(tx, _AT_ONCE)
                for member_id, sku, note in found:
                    await store.sealed(tx, member_id, sku, await self._sealed(tx, member_id, sku, note))
            total += len(found)
            if len(found) < _AT_ONCE:
                return total

    async def _put(self, tx: Tx, wish: Wish) -> bool:
        added = await store.add(tx, await self._row(tx, wish))
        if added:
            version = await store.next_version(tx, wish.member_id)
            await outbox.append(tx, wire.changed(wish, version, self._clock(), removed=False))
        return added

    async def _row(self, tx: Tx, wish: Wish) -> store.Row:
        note = await self._sealed(tx, wish.member_id, wish.sku, wish.note) if wish.note else None
        return store.Row(wish.member_id, wish.sku, wish.add_time, wish.staff_code, wish.location_id, note)

    async def _sealed(self, tx: Tx, member_id: str, sku: str, note: str) -> bytes:
        return await self._register.seal(tx, member_id, _place(sku), note)

    async def _opened(self, tx: Tx, member_id: str, rows: Sequence[store.Row]) -> list[Wish]:
        sealed = {_place(row.sku): row.note_sealed for row in rows if row.note_sealed is not None}
        notes = await self._register.open_all(tx, member_id, sealed)
        return [replace(_bare(row), note=notes.get(_place(row.sku), "")) for row in rows]


def _place(sku: str) -> str:
    return f"wish:{sku}"


def _bare(row: store.Row) -> Wish:
    return Wish(row.member_id, row.sku, row.add_time, row.staff_code, row.location_id, "")
