"""What order and member itself announce, as far as benefits follow from it."""

from collections.abc import Iterable
from datetime import UTC

from kit import outbox
from kit.postgres import Tx
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.benefits import wire
from services.member.benefits.domain import Back
from services.member.benefits.usecases import Benefits
from services.member.points import store_units


class BenefitReactions:
    """One method per event heard."""

    def __init__(self, benefits: Benefits) -> None:
        self._benefits = benefits

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Spend gifts."""
        await self._spent(tx, [event.facts for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Spend gifts, and who has bought in a store."""
        sales = [facts for event in heard for facts in event.sales]
        await self._spent(tx, sales)
        buyers = [(facts.member_id, facts.business_time.ToDatetime(UTC)) for facts in sales if facts.member_id]
        await self._benefits.bought(tx, buyers)

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """Receipts from before: they bring what they would have brought had their buyer been known."""
        sales = [event.facts for event in heard]
        await store_units.lock(tx, (one.order_id for one in sales))
        await self._spent(tx, sales)
        in_store = [facts for facts in sales if facts.channel_kind == channel_pb2.CHANNEL_KIND_STORE]
        buyers = [(facts.member_id, facts.business_time.ToDatetime(UTC)) for facts in in_store if facts.member_id]
        await self._benefits.bought(tx, buyers)

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """Spend gifts go with their order."""
        standing = [event for event in heard if event.was_confirmed]
        await store_units.lock(tx, (event.order_id for event in standing if not event.member_id))
        for event in sorted(standing, key=lambda event: event.order_id):
            await self._benefits.take_back(tx, event.order_id, event.meta.business_time.ToDatetime(UTC))

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Spend gifts go with what they were given for; of nobody's orders it is kept: they may be somebody's yet."""
        await self._benefits.came_back(tx, _in_turn(wire.given_up(event) for event in heard))

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Spend gifts go with what they were given for, and each says how that ended.

        What came back of nobody's order is told again once it is somebody's.
        """
        backs = _in_turn(wire.returned(event) for event in heard if event.member_id)
        withdrawn = await self._benefits.came_back(tx, backs)
        await outbox.append(tx, *(wire.settled(back, gift) for back, gift in withdrawn))

    async def on_member_claimed(self, tx: Tx, event: members.MemberClaimed) -> None:
        """Missions."""
        await self._benefits.came(tx, event.member_id, event.meta.business_time.ToDatetime(UTC))

    async def on_standing_changed(self, tx: Tx, event: members.MemberStandingChanged) -> None:
        """Tier benefits."""
        standing = event.standing
        if standing.tier and standing.HasField("tier_since_time"):
            since = standing.tier_since_time.ToDatetime(UTC)
            await self._benefits.reached(tx, standing.member_id, standing.tier, since)

    async def _spent(self, tx: Tx, facts: Iterable[order_facts_pb2.OrderFacts]) -> None:
        sales = [
            (one.order_id, one.member_id, one.grand_total - one.shipping_total, one.business_time.ToDatetime(UTC))
            for one in facts
            if one.member_id
        ]
        await self._benefits.spent(tx, sorted(sales))


def _in_turn(backs: Iterable[Back]) -> list[Back]:
    return sorted(backs, key=lambda back: (back.order_id, back.key))
