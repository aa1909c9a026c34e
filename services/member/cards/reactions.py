"""What order announces, as far as gift cards were sold by it."""

from collections.abc import Iterable
from datetime import UTC

from kit import outbox
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from services.member.cards import wire_lines
from services.member.cards.selling import Selling


class CardReactions:
    """One method per event heard."""

    def __init__(self, selling: Selling) -> None:
        self._selling = selling

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Activates what was sold."""
        await self._sold(tx, (event.facts for event in heard))

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Activates what was sold."""
        await self._sold(tx, (facts for event in heard for facts in event.sales))

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """What an order sold ends with it."""
        for event in sorted(heard, key=lambda event: event.order_id):
            if event.was_confirmed:
                await self._selling.cancel(tx, event.order_id, event.meta.business_time.ToDatetime(UTC))

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Ends what came back as far as nothing was spent, and says how that ended."""
        lines = [line for event in sorted(heard, key=lambda one: one.order_id) for line in wire_lines.returned(event)]
        ended = await self._selling.came_back(tx, lines)
        await outbox.append(tx, *(wire_lines.settled(one) for one in ended))

    async def _sold(self, tx: Tx, heard: Iterable[order_facts_pb2.OrderFacts]) -> None:
        lines = [line for facts in heard for line in wire_lines.sold(facts)]
        ended = await self._selling.sold(tx, sorted(lines, key=lambda one: (one.order_id, one.line_no)))
        await outbox.append(tx, *(wire_lines.settled(one) for one in ended))
