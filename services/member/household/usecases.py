"""Opening a household, letting people in and out, and moving points between them and the pot."""

import base64
import secrets

from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.household import domain, store
from services.member.household.domain import (
    Drawing,
    Household,
    HouseholdCodeInvalid,
    HouseholdOwnerOnly,
    HouseholdTaken,
    HouseholdUnknown,
    Invitation,
    Policy,
)
from services.member.household.pots import Pots
from services.member.merging import store_freezes
from services.member.points import store as people
from services.member.value.domain import Frozen
from services.member.vault import Vault


class Households:
    """Who shares a card, and what is in the pot."""

    def __init__(self, vault: Vault, pots: Pots, policy: Policy, clock: Clock) -> None:
        self._vault = vault
        self._pots = pots
        self.policy = policy
        self._clock = clock

    async def create(self, tx: Tx, member_id: str) -> Household:
        """The caller's own, with himself in it."""
        member_id, now = await self._meant(tx, member_id), self._clock()
        household_id = uuid7()
        await store.insert(tx, household_id, member_id, now)
        if not await store.join(tx, household_id, member_id, now):
            raise HouseholdTaken("you share a card already", field="member_id")
        return Household(household_id, member_id, (member_id,))

    async def get(self, tx: Tx, member_id: str) -> Household:
        """The one that the member shares."""
        found = await store.of_member(tx, await self._meant(tx, member_id))
        if found is None:
            raise HouseholdUnknown("the member shares no card", field="member_id")
        return found

    async def invite(self, tx: Tx, member_id: str) -> Invitation:
        """A code that the owner hands on himself; only its keyed hash is kept."""
        found = await self.get(tx, member_id)
        found.refuse_other(await self._meant(tx, member_id))
        found.refuse_full(self.policy)
        code = base64.b32encode(secrets.token_bytes(domain.CODE_BYTES)).decode()
        until = self._clock() + domain.INVITED
        await store.invite(tx, self._hash(code), found.household_id, until)
        return Invitation(code, until)

    async def join(self, tx: Tx, member_id: str, code: str) -> Household:
        """Whoever holds the code comes in, if there is room and he shares no other card."""
        member_id, now = await self._meant(tx, member_id), self._clock()
        household_id = await store.take_code(tx, self._hash(code), now)
        found = await store.lock(tx, household_id) if household_id else None
        if found is None:
            raise HouseholdCodeInvalid("the code lets nobody in: ask for a new one", field="code")
        found.refuse_full(self.policy)
        if not await store.join(tx, found.household_id, member_id, now):
            raise HouseholdTaken("you share a card already", field="member_id")
        return Household(found.household_id, found.owner_id, (*found.member_ids, member_id))

    async def leave(self, tx: Tx, member_id: str, leaving_id: str) -> None:
        """Nothing of the pot goes along; with its owner the household ends, and the pot is his."""
        found, now = await self.get(tx, member_id), self._clock()
        leaving = await self._meant(tx, leaving_id or member_id)
        if leaving != await self._meant(tx, member_id):
            found.refuse_other(await self._meant(tx, member_id))
            if leaving not in found.member_ids:
                raise HouseholdUnknown("nobody of that id shares the card", field="leaving_id")
        if leaving != found.owner_id:
            await store.leave(tx, found.household_id, leaving, now)
            return
        await self._pots.empty(tx, found.household_id, found.owner_id)
        await store.end(tx, found.household_id, now)

    async def move(self, tx: Tx, member_id: str, points: int, key: str) -> Household:
        """Into the pot, or out of it by whom the program lets."""
        found, meant = await self.get(tx, member_id), await self._meant(tx, member_id)
        if await store_freezes.frozen(tx, meant):
            raise Frozen("nothing of this member's can be moved before a person has looked", member_id=meant)
        if points < 0 and self.policy.drawing is Drawing.OWNER and meant != found.owner_id:
            raise HouseholdOwnerOnly("only the owner takes points out", field="points")
        giver, taker = (meant, found.household_id) if points > 0 else (found.household_id, meant)
        await self._pots.move(tx, giver, taker, abs(points), f"household:{key}")
        return found

    async def _meant(self, tx: Tx, member_id: str) -> str:
        return (await people.resolve(tx, [member_id]))[member_id]

    def _hash(self, code: str) -> bytes:
        return self._vault.digest("household code", code.strip().upper())
