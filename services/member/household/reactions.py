"""What members who share a card earn, put into their pot where the program says so."""

from collections.abc import Sequence

from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from services.member.household.domain import Earning, Policy
from services.member.household.pots import Pots


class HouseholdReactions:
    """Told after points have earned, in the same transaction."""

    def __init__(self, pots: Pots, policy: Policy) -> None:
        self._pots = pots
        self._policy = policy

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Online orders."""
        await self._collect(tx, [event.facts for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Store sales."""
        await self._collect(tx, [facts for event in heard for facts in event.sales])

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """Receipts from before."""
        await self._collect(tx, [event.facts for event in heard])

    async def _collect(self, tx: Tx, heard: Sequence[order_facts_pb2.OrderFacts]) -> None:
        earned = {facts.order_id: facts.member_id for facts in heard if facts.member_id}
        if earned and self._policy.earning is Earning.HOUSEHOLD:
            await self._pots.collect(tx, earned)
