"""What the checkout asks of invoices, where the brand issues them."""

from collections.abc import Sequence
from typing import Protocol

from kit.postgres import Tx
from omo.order.v1 import order_pb2
from services.order.invoices.domain import Buyer


class Invoicing(Protocol):
    """Invoices, as the checkout knows them."""

    async def keep(self, order_id: str, member_id: str | None, said: Buyer | None) -> None:
        """Keeps for whom the invoice of an order is that is about to begin."""

    async def beside(self, tx: Tx, orders: Sequence[order_pb2.Order]) -> None:
        """Adds their invoices to orders that are shown."""
