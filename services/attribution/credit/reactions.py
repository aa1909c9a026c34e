"""What order announces, as far as credit follows from it."""

from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from services.attribution.credit import wire
from services.attribution.credit.usecases import Credits


class CreditReactions:
    """One method per event heard."""

    def __init__(self, ledger: Credits) -> None:
        self._credits = ledger

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Credits online orders."""
        await self._credits.record(tx, [wire.sale(event.facts) for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Credits store sales."""
        await self._credits.record(tx, [wire.sale(facts) for event in heard for facts in event.sales])

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """A past sale is a member's now: credited as if that had been known when it was made."""
        await self._credits.claim(tx, [wire.sale(event.facts) for event in heard])

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Takes back the credits of units that nobody will hand over; the rest of their order goes on."""
        runs = [run for event in heard for run in wire.cancelled(event)]
        await self._credits.cancel_units(tx, runs)

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Mirrors the credits of units that came back, and says so for the reversal board.

        What is said again for a member's sake was mirrored when it was first said.
        """
        first = [event for event in heard if not event.for_member_only]
        await self._credits.return_units(tx, [run for event in first for run in wire.returned(event)])

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """Takes credits back; an order that never was confirmed has none."""
        await self._credits.undo(tx, [event.order_id for event in heard if event.was_confirmed])
