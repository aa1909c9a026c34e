"""What order announces, as far as packs of prepaid goods were sold by it."""

from collections.abc import Sequence
from datetime import UTC

from kit import outbox
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from services.member.prepaid import wire_lines
from services.member.prepaid.domain_lines import BackPack
from services.member.prepaid.selling import Selling


class PrepaidReactions:
    """One method per event heard."""

    def __init__(self, selling: Selling) -> None:
        self._selling = selling

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Makes what was sold."""
        await self._sold(tx, [event.facts for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Makes what was sold."""
        await self._sold(tx, [facts for event in heard for facts in event.sales])

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """Makes what was sold to nobody known, for whoever has claimed it; its time began with the sale."""
        await self._sold(tx, [event.facts for event in heard])

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """What an order sold ends with it."""
        for event in sorted(heard, key=lambda event: event.order_id):
            if event.was_confirmed:
                await self._selling.cancel(tx, event.order_id, event.meta.business_time.ToDatetime(UTC))

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Ends what nobody will hand over."""
        await self._back(tx, [one for event in heard for one in wire_lines.cancelled(event)])

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Ends what came back as far as nothing was taken, and says how that ended."""
        await self._back(tx, [one for event in heard for one in wire_lines.returned(event)])

    async def _sold(self, tx: Tx, heard: Sequence[order_facts_pb2.OrderFacts]) -> None:
        programs = await self._selling.programs(tx)
        units = wire_lines.sold(heard, programs) if programs else []
        if units:
            ended = await self._selling.sold(tx, units, programs)
            await outbox.append(tx, *(wire_lines.settled(one) for one in ended))

    async def _back(self, tx: Tx, units: Sequence[BackPack]) -> None:
        if units:
            ended = await self._selling.came_back(tx, units, await self._selling.programs(tx))
            await outbox.append(tx, *(wire_lines.settled(one) for one in ended))
