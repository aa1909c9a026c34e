"""What is announced elsewhere, as far as it is an occasion to write to somebody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Tx
from omo.inventory.v1 import availability_events_pb2 as availability
from omo.inventory.v1 import catalogue_events_pb2 as catalogue
from omo.member.v1 import tier_events_pb2 as tiers
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import pickup_events_pb2 as collecting
from omo.order.v1 import rerouting_events_pb2 as rerouting
from services.member.campaigns import store_fans, wire
from services.member.campaigns.domain import Campaign, Trigger
from services.member.campaigns.entering import Candidate, Entering
from services.member.campaigns.goals import Goals
from services.member.campaigns.links import PickupLinks
from services.member.campaigns.occasions import Occasions
from services.member.segments.domain_facts import Order


class CampaignReactions:
    """One method per kind of occasion; effects are keyed by the occasion, so told again nothing is sent again."""

    def __init__(
        self, clock: Clock, zone: ZoneInfo, entering: Entering, goals: Goals, occasions: Occasions, links: PickupLinks
    ) -> None:
        self._links = links
        self._clock = clock
        self._zone = zone
        self._entering = entering
        self._goals = goals
        self._occasions = occasions

    def ears(self) -> list[On[Any]]:
        """What it hears itself; orders come with the facts that follow from them."""
        return [
            On.many(events.FulfilmentChanged, self.on_fulfilments_changed),
            On.many(rerouting.PickupChoiceAsked, self.on_pickup_choices_asked),
            On.many(collecting.TransferRequested, self.on_transfers_requested),
            On.many(availability.BackInStock, self.on_back_in_stock),
            On.many(catalogue.PriceListChanged, self.on_price_lists_changed),
            On.many(tiers.TierChanged, self.on_tiers_changed),
        ]

    async def on_facts(self, tx: Tx, member_ids: Sequence[str], orders: Sequence[Order]) -> None:
        """Facts of these members are new; so are these orders, under the ids that are meant."""
        for trigger, in_store in ((Trigger.STORE_SALE, True), (Trigger.ONLINE_ORDER, False)):
            found = [one for one in orders if one.in_store is in_store]
            await self._entering.occur(tx, trigger, [self._bought(one) for one in found])
        await self._goals.follow(tx, member_ids)

    def _bought(self, one: Order) -> Candidate:
        # who buys twice on a day is asked once how he likes it
        day = one.business_time.astimezone(self._zone).date().isoformat()
        params = {"location_id": one.location_id} if one.in_store else {}
        return Candidate(one.member_id, day, one.business_time, params)

    async def on_reward(self, tx: Tx, mission: Campaign, member_id: str, now: datetime) -> None:
        """A mission was paid: itself one occasion, whenever it is told."""
        params = {"mission": mission.name, "reward_points": str(mission.goal.reward_points)}
        await self._entering.occur(
            tx, Trigger.MISSION_REWARDED, [Candidate(member_id, mission.campaign_id, now, params)]
        )

    async def on_fulfilments_changed(self, tx: Tx, heard: list[events.FulfilmentChanged]) -> None:
        """Parcels wait, or do so no longer."""
        await self._occasions.waits(tx, wire.pickups(heard))

    async def on_pickup_choices_asked(self, tx: Tx, heard: list[rerouting.PickupChoiceAsked]) -> None:
        """A store cannot: its shopper is asked, with the link by which he answers; not after the time for it."""
        found = [self._asked(event) for event in heard if event.member_id]
        await self._entering.occur(tx, Trigger.PICKUP_REJECTED, found)

    def _asked(self, event: rerouting.PickupChoiceAsked) -> Candidate:
        until = event.deadline_time.ToDatetime(UTC)
        params = self._awaited(event, until) | {"token": self._links.make(event.choice_id, until)}
        return Candidate(event.member_id, event.choice_id, event.meta.business_time.ToDatetime(UTC), params, until)

    async def on_transfers_requested(self, tx: Tx, heard: list[collecting.TransferRequested]) -> None:
        """What a store lacked is sent there: its shopper is told until when; not after that day."""
        found = [self._delayed(event) for event in heard if event.member_id]
        await self._entering.occur(tx, Trigger.PICKUP_DELAYED, found)

    def _delayed(self, event: collecting.TransferRequested) -> Candidate:
        until, moment = event.promise_time.ToDatetime(UTC), event.meta.business_time.ToDatetime(UTC)
        return Candidate(event.member_id, event.transfer_id, moment, self._awaited(event, until), until)

    def _awaited(
        self, event: rerouting.PickupChoiceAsked | collecting.TransferRequested, until: datetime
    ) -> dict[str, str]:
        day = until.astimezone(self._zone).date().isoformat()
        return {"order_no": event.order_no, "location_id": event.location_id, "until": day}

    async def on_back_in_stock(self, tx: Tx, heard: list[availability.BackInStock]) -> None:
        """A good can be had again."""
        for event in heard:
            moment = event.meta.business_time.ToDatetime(UTC)
            # stock that comes and goes is told of once a day
            occasion = moment.astimezone(self._zone).date().isoformat()
            await self._occasions.spread(tx, Trigger.BACK_IN_STOCK, event.sku, occasion, {"sku": event.sku}, moment)

    async def on_price_lists_changed(self, tx: Tx, heard: list[catalogue.PriceListChanged]) -> None:
        """A good is cheaper than it was."""
        for row in await store_fans.offers(tx, wire.prices(heard), self._clock()):
            params = {"sku": row["sku"], "amount": str(row["amount"])}
            at = max(row["start_time"] or self._clock(), self._clock())
            occasion = f"{row['price_list_id']}:{row['amount']}:{at.date().isoformat()}"
            await self._occasions.spread(tx, Trigger.WISH_ON_OFFER, row["sku"], occasion, params, at)

    async def on_tiers_changed(self, tx: Tx, heard: list[tiers.TierChanged]) -> None:
        """Somebody has another tier."""
        changed = [event for event in heard if event.before != event.after]
        candidates = [
            Candidate(
                event.member_id,
                f"{event.after}:{event.since_time.ToDatetime(UTC).isoformat()}",
                event.meta.business_time.ToDatetime(UTC),
                {"new_tier": event.after},
            )
            for event in changed
        ]
        await self._entering.occur(tx, Trigger.TIER_CHANGED, candidates)
