"""Asks the shopper of what a store rejected: his question, its time limit, and the event by which he is told."""

from collections.abc import Collection

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads
from services.order.fulfilment import store as fulfilments
from services.order.fulfilment.domain import Fulfilment
from services.order.rerouting import domain, store, wire

DEADLINE = "rerouting.deadline"


class Asking:
    """In the transaction of the rejection, whoever rejected."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def asks(self, tx: Tx) -> bool:
        """Whether the brand has its shoppers asked."""
        return (await store.terms(tx)).ask

    async def ask(self, tx: Tx, rejected: Fulfilment, line_nos: Collection[int]) -> None:
        """Where the brand does not ask, headquarters' own people do, as they see the order's attention."""
        terms = await store.terms(tx)
        if not terms.ask:
            return
        given = domain.asked(uuid7(), rejected, line_nos, terms, self._clock())
        await store.insert(tx, given, access.current().actor)
        await timers.schedule(tx, DEADLINE, given.choice_id, given.deadline_time)
        (order,) = await store_reads.orders(tx, [given.order_id])
        version = await fulfilments.touch_order(tx, given.order_id)
        await outbox.append(tx, wire.asked(given, order, version))
