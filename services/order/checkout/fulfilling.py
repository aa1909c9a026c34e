"""What the checkout asks of fulfilment: three hooks, each inside a transaction of the checkout's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from google.protobuf.message import Message

from kit.outbox import Origin
from kit.postgres import Tx
from omo.order.v1 import order_pb2
from services.order.checkout.domain import Order


@dataclass(frozen=True, slots=True)
class Shown:
    """What an order's answer says of its fulfilment."""

    fulfilments: Sequence[order_pb2.Fulfilment] = ()
    pickup_pin: str = ""
    attention: Sequence[str] = ()
    news: Sequence[order_pb2.OrderNews] = ()
    # by line
    cancelled: Mapping[int, Sequence[order_pb2.CancelledUnits]] = field(default_factory=dict)
    backordered: Mapping[int, order_pb2.BackorderedUnits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An order that is being confirmed, when, and in whose name."""

    order: Order
    at: datetime
    origin: Origin


class Fulfilling(Protocol):
    """Fulfilment, as the checkout knows it."""

    async def open(self, tx: Tx, confirmed: Sequence[Confirmed]) -> list[Message]:
        """Opens the tasks of orders in the transaction that confirms them; gives what is to be told of them."""

    async def cancel(self, tx: Tx, order: Order, reason: str) -> bool:
        """Ends the tasks of a confirmed order; whether it ends with them.

        Where a part was handed over, only what was not is cancelled, and the order goes on; refuses with
        TransitionRefused if all of it was.
        """

    async def show(self, tx: Tx, orders: Sequence[Order]) -> Mapping[str, Shown]:
        """What to show beside these orders, by order id; the PIN only to whom `access.current()` may see it."""
