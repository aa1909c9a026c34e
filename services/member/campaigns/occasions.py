"""Occasions that come by themselves or concern many: parcels that wait, days that come, goods that many wish for."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from asyncpg import Record

from kit import timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from services.member.campaigns import domain, store, store_days, store_fans
from services.member.campaigns.domain import Campaign, Trigger
from services.member.campaigns.domain_pickups import Pickup
from services.member.campaigns.entering import Candidate, Entering
from services.member.segments.usecases import FIRST

FAN, PICKUP, DAILY, DAY = "campaigns.fan", "campaigns.pickup", "campaigns.daily", "campaigns.day"
PIECE = 500
# the order of a parcel may be heard of later than the parcel
_PATIENCE = 6
_READY = 4
_NAMES = uuid.UUID("6f6d6f00-6661-5e6e-8f63-000000000001")
# when a day begins for messages: whatever the hour, they find their own
_MORNING = timedelta(minutes=10)


class Late(Exception):
    """What it hangs on has not been heard of yet."""


class Occasions:
    """Each is worked off in steps, in the transaction of its timer."""

    def __init__(self, clock: Clock, zone: ZoneInfo, entering: Entering, born: Callable[[int, int], bytes]) -> None:
        self._clock = clock
        self._zone = zone
        self._entering = entering
        # what a birthday (month, day) is found by
        self._born = born

    async def start(self, db: Database) -> None:
        """Has days looked at from now on."""
        async with db.transaction() as tx:
            if not await store_days.awaited(tx, DAILY):
                await timers.schedule(tx, DAILY, "day", self._clock())

    async def spread(
        self, tx: Tx, trigger: Trigger, sku: str, occasion: str, params: Mapping[str, str], at: datetime
    ) -> None:
        """A good concerns whoever wishes for it."""
        if not await store.triggered(tx, [trigger], self._clock()):
            return
        fan_id = str(uuid.uuid5(_NAMES, f"{int(trigger)}:{sku}:{occasion}"))
        if await store_fans.put(tx, fan_id, int(trigger), sku, params, occasion, at):
            await timers.schedule(tx, FAN, fan_id, max(at, self._clock()))

    async def fan_out(self, tx: Tx, due: Due) -> None:
        """Tells the next few whom it concerns."""
        fan = await store_fans.lock(tx, due.key)
        if fan is None:
            return
        candidates = await self._concerned(tx, fan)
        await self._entering.occur(tx, Trigger(fan["trigger"]), candidates)
        if len(candidates) < PIECE:
            await store_fans.end(tx, due.key)
            return
        await store_fans.step(tx, due.key, candidates[-1].member_id)
        await timers.schedule(tx, FAN, due.key, self._clock())

    async def _concerned(self, tx: Tx, fan: Record) -> list[Candidate]:
        wishers = await store_fans.wishers(tx, fan["sku"], fan["cursor"], PIECE)
        params = store_days.params(fan)
        occasion = f"{fan['sku']}:{fan['occasion']}"
        return [Candidate(one, occasion, fan["business_time"], params) for one in wishers]

    async def waits(self, tx: Tx, pickups: Sequence[Pickup]) -> None:
        """Parcels that are ready are told of now, and again before they go back."""
        campaigns = await store.triggered(tx, [Trigger.PICKUP_READY, Trigger.PICKUP_EXPIRING], self._clock())
        for row in await store_fans.put_pickups(tx, pickups):
            if row["state"] != _READY:
                continue
            for campaign in campaigns:
                await self._remind(tx, campaign, row["fulfilment_id"], row["deadline_time"])

    async def _remind(self, tx: Tx, campaign: Campaign, fulfilment_id: str, deadline: datetime | None) -> None:
        now, key = self._clock(), f"{campaign.campaign_id}|{fulfilment_id}"
        if campaign.trigger is Trigger.PICKUP_READY:
            await timers.schedule(tx, PICKUP, key, now)
        elif deadline is not None:
            await timers.schedule(tx, PICKUP, key, max(deadline - timedelta(days=campaign.days), now))

    async def pickup(self, tx: Tx, due: Due) -> None:
        """Tells whose parcel it is, if it still waits."""
        campaign_id, _, fulfilment_id = due.key.rpartition("|")
        row, kept = await store_fans.waiting(tx, fulfilment_id), await store.one(tx, campaign_id)
        if row is None or kept is None or row["state"] != _READY:
            return
        if row["member_id"] is None:
            if due.attempt < _PATIENCE:
                raise Late(fulfilment_id)
            return
        until = row["deadline_time"]
        params = {
            "order_no": row["order_no"],
            "location_id": row["location_id"],
            "until": until.astimezone(self._zone).date().isoformat() if until else "",
        }
        one = Candidate(row["member_id"], fulfilment_id, self._clock(), params, until)
        await self._entering.concern(tx, store.campaign(kept), [one])

    async def daily(self, tx: Tx, due: Due) -> None:
        """A day of the brand's begins: whose points end, whose birthday it is."""
        moment = due.due_time or self._clock()
        day = moment.astimezone(self._zone).date()
        campaigns = await store.triggered(tx, [Trigger.POINTS_EXPIRING, Trigger.BIRTHDAY], self._clock())
        for campaign in campaigns:
            key = f"{campaign.campaign_id}|{day.isoformat()}"
            await timers.schedule(tx, DAY, key, self._clock(), FIRST.encode())
        following = datetime(day.year, day.month, day.day, tzinfo=self._zone) + timedelta(days=1) + _MORNING
        await timers.schedule(tx, DAILY, "day", following.astimezone(UTC))

    async def day(self, tx: Tx, due: Due) -> None:
        """The next few whom a day concerns, for one campaign."""
        campaign_id, _, text = due.key.rpartition("|")
        kept = await store.one(tx, campaign_id)
        if kept is None:
            return
        campaign, day = store.campaign(kept), datetime.fromisoformat(text).date() + timedelta(days=kept["days"])
        after = due.payload.decode()
        if campaign.trigger is Trigger.BIRTHDAY:
            members = await store_days.born(tx, [self._born(*one) for one in domain.celebrated(day)], after, PIECE)
            candidates = [Candidate(one, str(day.year), self._clock()) for one in members]
        else:
            since = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            found = await store_fans.expiring(tx, after, PIECE, since, since + timedelta(days=1))
            candidates = [
                Candidate(one, text, self._clock(), {"expiring_points": str(points), "until": day.isoformat()})
                for one, points in found
            ]
        await self._entering.concern(tx, campaign, candidates)
        if len(candidates) == PIECE:
            last = candidates[-1].member_id.encode()
            await timers.schedule(tx, DAY, due.key, self._clock(), last)
