"""Missions: who has reached what was hoped for, and what it earns; those who are held out are only counted."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from kit import access, outbox, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.member.campaigns import store, store_members, wire
from services.member.campaigns.domain import Campaign, Reached

REWARD = "campaigns.reward"

# (tx, member, points, why, key): gives points once per key
Give = Callable[[Tx, str, int, str, str], Awaitable[object]]
# (tx, the mission, member, when): somebody was paid for it
Told = Callable[[Tx, Campaign, str, datetime], Awaitable[None]]


class Goals:
    """What is reached is worked out from the facts each time, so it does not matter what was told first."""

    def __init__(self, clock: Clock, give: Give) -> None:
        self._clock = clock
        self._give = give
        self._told: list[Told] = []

    def on_reward(self, hear: Told) -> None:
        """Has `hear` told who was paid for what."""
        self._told.append(hear)

    async def follow(self, tx: Tx, member_ids: Sequence[str]) -> None:
        """Looks at the open goals of members of whom something is new."""
        for row in await store_members.reach(tx, member_ids):
            kept = await store.one(tx, row["campaign_id"])
            if row["held_out"] or kept is None or not store.campaign(kept).goal.pays:
                continue
            goal = store.campaign(kept).goal
            # an order must stand for a while; a login cannot be taken back
            wait = timedelta(days=goal.hold_days if row["order_id"] else 0)
            due = max(row["done_time"] + wait, self._clock())
            await timers.schedule(tx, REWARD, f"{row['campaign_id']}|{row['member_id']}", due)

    async def reward(self, tx: Tx, due: Due) -> None:
        """Gives what a reached goal earns, if it still is."""
        campaign_id, _, member_id = due.key.rpartition("|")
        entry = await store_members.lock(tx, campaign_id, member_id)
        kept = await store.one(tx, campaign_id)
        if entry is None or kept is None or entry["state"] != Reached.REACHED:
            return
        now, campaign = self._clock(), store.campaign(kept)
        if entry["order_id"] and not await store_members.stands(tx, entry["order_id"]):
            # as if it had never been; another order may do
            await store_members.turn(tx, campaign_id, member_id, Reached.OPEN, None)
            await self.follow(tx, [member_id])
            return
        await store_members.turn(tx, campaign_id, member_id, Reached.REWARDED, now)
        with access.acting_as(access.service("member")):
            if campaign.goal.reward_points:
                key = f"mission:{campaign_id}"
                await self._give(tx, entry["person"], campaign.goal.reward_points, "MISSION", key)
                for hear in self._told:
                    await hear(tx, campaign, entry["person"], now)
            staff_code = await self._seller(tx, entry["person"], entry["enter_time"])
            await outbox.append(tx, wire.completed(campaign, entry, staff_code, now))

    async def _seller(self, tx: Tx, member_id: str, moment: datetime) -> str:
        return await store_members.seller(tx, member_id, moment)
